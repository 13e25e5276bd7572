/** The tests of queues, with more random plays. */
import './joinable-queue.test.js';
import './queue.test.js';
