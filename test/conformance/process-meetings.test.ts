/** CPython's tests of conditions and barriers, by their names there (test/_test_multiprocessing.py), with worker processes. */
import { barrierSuite } from './barrier_suite.js';
import { conditionSuite } from './condition_suite.js';
import { processContext } from './process_context.js';

for (const suite of [conditionSuite, barrierSuite]) suite(processContext);
