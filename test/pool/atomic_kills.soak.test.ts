/** A death at every operation. */
import './atomic_kills.test.js';
