/** The same with more rounds. */
import './queue-kill.test.js';
