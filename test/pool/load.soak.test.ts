/** The same with a hundred thousand tasks. */
import './load.test.js';
