/** Who calls a manager without a break keeps nobody from his turn: nothing else of his own thread, nor of the server. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { Process, Queue, QueueEmpty } from 'multiproc';
import { Manager, type SyncManager } from 'multiproc/managers';
import { passOn } from '../wakeup/programs/workers.js';
import { addTwice } from './workers.js';

let manager: SyncManager;

before(async () => {
  manager = await Manager();
});

after(() => manager.shutdown());

/** Calls until `other` has settled, which it can only when it gets its turn. */
async function callUntil<T>(other: Promise<T>): Promise<T> {
  using list = await manager.list([0]);
  let isOver = false;
  const end = (): void => {
    isOver = true;
  };
  other.then(end, end);
  while (!isOver) await list.increment(0);
  return other;
}

test('timers, files, and what other processes do, have their turns in a thread that calls without a break', async () => {
  await callUntil(setTimeout(5));
  await callUntil(readFile(import.meta.filename));
  const there = new Queue<number>();
  const back = new Queue<number>();
  const child = new Process({ target: passOn, args: [there, back] }).start();
  await there.put(1);
  assert.equal(await callUntil(back.get()), 1);
  await there.put(0);
  await callUntil(child.join());
});

test('the timers of the server, its other clients and their waits have their turns while one calls without a break', async () => {
  using said = await manager.Queue<number>();
  using told = await manager.Queue<number>();
  using list = await manager.list<number>();
  await assert.rejects(callUntil(said.get({ timeout: 5 })), QueueEmpty);
  const child = new Process({ target: addTwice, args: [list, said, told] }).start();
  assert.equal(await callUntil(said.get()), 1);
  await told.put(2);
  await callUntil(child.join());
  assert.deepEqual(await list.getValue(), [1, 2]);
});
