/** Doorbells of threads that are awake. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Process, Queue } from 'multiproc';
import { waiting } from '#dist/wakeup/waiting.js';
import { passOn } from './programs/workers.js';

const LONGEST_MS = 20_000;

test('a thread that is awake sees that it was rung', async () => {
  const there = new Queue<number>();
  const back = new Queue<number>();
  const child = new Process({ target: passOn, args: [there, back] }).start();
  await there.put(1);
  assert.equal(await back.get(), 1);
  // This thread waits, so that it is to be rung.
  const second = back.get();
  const { doorbells } = waiting();
  doorbells.awake();
  assert.equal(doorbells.wasRungAwake, false);
  there.tryPut(2);
  const end = performance.now() + LONGEST_MS;
  while (!doorbells.wasRungAwake && performance.now() < end);
  assert.equal(doorbells.wasRungAwake, true);
  // Nobody has written a byte.
  waiting().lookAtEverything();
  assert.equal(await second, 2);
  await there.put(0);
  await child.join();
});
