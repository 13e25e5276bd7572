/** CPython's tests of connections and of `wait`, by their names there (test/_test_multiprocessing.py), with worker processes. */
import { connectionSuite, pollSuite } from './connection_suite.js';
import { processContext } from './process_context.js';
import { waitSuite } from './wait_suite.js';

for (const suite of [connectionSuite, pollSuite, waitSuite]) suite(processContext);
