/** Tests of `npm test` that repeat something for the sake of chance (support/repetitions.ts), with the numbers that it has no time for. */
import './channels/joinable-queue.test.js';
import './channels/queue.test.js';
import './pool/atomic_kills.test.js';
import './pool/matrix.test.js';
import './serialization/fuzz.test.js';
