/** The same at each step. */
import './crashes.test.js';
