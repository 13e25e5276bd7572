/** The same with more kills. */
import './warm.test.js';
