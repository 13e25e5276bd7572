/** Whatever is asked of a pool in whatever order, and whatever happens to its workers: every task settles exactly once, and the pool ends. */
import { after, before, test } from 'node:test';
import { play } from './machine_plays.js';
import { Balance, workers } from './watch.js';

const staff = workers();
const balance = new Balance();
before(() => balance.begin());
after(() => balance.check());

test('random commands: submit, cancel, resize, recycle, kill, stop, continue, close, terminate, join', async (t) => {
  const { plays, tasks } = await play(staff, { runs: 5, length: 40, limit: 60_000, methods: ['spawn'] });
  t.diagnostic(`${plays} plays, ${tasks} outcomes`);
});
