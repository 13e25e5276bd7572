/** The same with a million items, and ten thousand queues. */
import './queue.test.js';
