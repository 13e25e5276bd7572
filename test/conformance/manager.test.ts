/** CPython's tests of locks, semaphores, events and queues, by their names there, with worker processes and the objects of a manager. */
import { after } from 'node:test';
import { Manager } from 'multiproc';
import { eventSuite } from './event_suite.js';
import { lockSuite } from './lock_suite.js';
import { managerContext } from './manager_context.js';
import { queueSuite } from './queue_suite.js';
import { semaphoreSuite } from './semaphore_suite.js';

const m = await Manager();
after(() => m.shutdown());
const context = managerContext(m);
for (const suite of [lockSuite, semaphoreSuite, eventSuite, queueSuite]) suite(context);
