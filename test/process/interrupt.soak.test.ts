/** The same with more objects that are waited for. */
import './interrupt.test.js';
