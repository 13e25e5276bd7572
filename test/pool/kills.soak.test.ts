import { test } from 'node:test';
import { killRounds, seedFromEnvironment } from './kill_rounds.js';

const rounds = Number(process.env.POOL_KILLS_ROUNDS ?? (process.env.MULTIPROC_SOAK === 'short' ? 100 : 1000));

test(`${rounds} rounds of random kills under load`, async (t) => {
  await killRounds(rounds, seedFromEnvironment(), (line) => t.diagnostic(line));
});
