/** Each end in each situation. */
import './leaving.test.js';
