/** CPython's tests of locks, semaphores, events, queues, values and arrays, by their names there (test/_test_multiprocessing.py), with worker processes. */

import { withCrew } from './crew.js';
import { eventSuite } from './event_suite.js';
import { lockSuite } from './lock_suite.js';
import { processContext } from './process_context.js';
import { queueSuite } from './queue_suite.js';
import { semaphoreSuite } from './semaphore_suite.js';
import { taskSuite } from './task_suite.js';
import { valueArraySuite } from './value_array_suite.js';

// These look whether shared memory is sound and how much of it is in use, so they come first: the crew's members are not there yet, which let go of theirs at any time.
valueArraySuite(processContext);
// Kills the processes that it starts.
taskSuite(processContext);
const context = withCrew(processContext);
for (const suite of [lockSuite, semaphoreSuite, eventSuite, queueSuite]) suite(context);
