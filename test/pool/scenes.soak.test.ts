/** Each scene at each stage. */
import './scenes.test.js';
