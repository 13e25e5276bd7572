import { test } from 'node:test';
import { killRounds, seedFromEnvironment } from './kill_rounds.js';

test('8 rounds of random kills under load', async (t) => {
  await killRounds(8, seedFromEnvironment(), (line) => t.diagnostic(line));
});
