/** CPython's tests of the types of a SyncManager, by their names there (test/_test_multiprocessing.py). */
import { after } from 'node:test';
import { Manager } from 'multiproc';
import { managerContext } from './manager_context.js';
import { containersSuite, managerTypesSuite } from './manager_types_suite.js';

const m = await Manager();
after(() => m.shutdown());
const context = managerContext(m);
containersSuite(context, m);
managerTypesSuite(context, m);
