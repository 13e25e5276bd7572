/** CPython's tests of conditions and barriers, by their names there, with worker processes and the objects of a manager. */
import { after } from 'node:test';
import { Manager } from 'multiproc';
import { barrierSuite } from './barrier_suite.js';
import { conditionSuite } from './condition_suite.js';
import { managerContext } from './manager_context.js';

const m = await Manager();
after(() => m.shutdown());
const context = managerContext(m);
for (const suite of [conditionSuite, barrierSuite]) suite(context);
