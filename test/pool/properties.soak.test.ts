import { test } from 'node:test';
import { play } from './machine_plays.js';
import { workers } from './watch.js';

const staff = workers();

test('random commands for a long time', async (t) => {
  const limit = process.env.MULTIPROC_SOAK === 'short' ? 60_000 : 20 * 60_000;
  const { plays, tasks } = await play(staff, { runs: 20_000, length: 100, limit, methods: ['spawn', 'warm'] });
  t.diagnostic(`${plays} plays, ${tasks} outcomes`);
});
