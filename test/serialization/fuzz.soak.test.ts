/** Hostile bytes: more of them, and each byte changed. */
import './fuzz.test.js';
