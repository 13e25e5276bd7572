import { test } from 'node:test';
import { killRounds, seedFromEnvironment } from './kill_rounds.js';

test('12 rounds of random kills under load', async (t) => {
  await killRounds(12, seedFromEnvironment(), (line) => t.diagnostic(line));
});
