/** The same with more rounds. */
import './faults.test.js';
