/** CPython's tests of conditions and barriers, by their names there (test/_test_multiprocessing.py), with worker processes. */
import { barrierSuite } from './barrier_suite.js';
import { conditionSuite } from './condition_suite.js';
import { withCrew } from './crew.js';
import { processContext } from './process_context.js';

const context = withCrew(processContext);
for (const suite of [conditionSuite, barrierSuite]) suite(context);
