/** The same with more workers that are recycled. */
import './recycling.test.js';
