/** Every fault in every situation. */
import './matrix.test.js';
