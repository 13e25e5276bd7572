// Strings of 256 bytes through one Queue, blocking: what one producer and one consumer do in a second, divided by what four of each do. Processes each.
import { Barrier, isMain, Process, Queue } from 'multiproc';
import { median } from '../harness/rounds.ts';
import { print, range, target } from '../harness/timing.ts';

const MESSAGE = 'x'.repeat(256);
const ROUNDS = 5;

/** `ready` begins and ends each round. */
export function produce(queue: Queue<string>, ready: Barrier, items: number): void {
  for (let round = 0; round <= ROUNDS; round++) {
    ready.waitSync();
    for (let i = 0; i < items; i++) queue.putSync(MESSAGE);
    ready.waitSync();
  }
}

export function consume(queue: Queue<string>, ready: Barrier, items: number): void {
  for (let round = 0; round <= ROUNDS; round++) {
    ready.waitSync();
    for (let i = 0; i < items; i++) queue.getSync();
    ready.waitSync();
  }
}

/** Items per second: the median of the rounds. */
async function rate(each: number, items: number): Promise<number> {
  const queue = new Queue<string>();
  const ready = new Barrier(2 * each + 1);
  const args = [queue, ready, Math.ceil(items / each)] as const;
  const started = range(each).flatMap(() => [
    new Process({ target: produce, args }).start(),
    new Process({ target: consume, args }).start(),
  ]);
  const rates: number[] = [];
  for (let round = 0; round <= ROUNDS; round++) {
    await ready.wait();
    const begun = performance.now();
    await ready.wait();
    // The first one warms up.
    if (round > 0) rates.push((items / (performance.now() - begun)) * 1000);
  }
  await Promise.all(started.map((process) => process.join()));
  return median(rates)!;
}

if (isMain(import.meta)) {
  const items = Math.ceil(400_000 * target);
  const one = await rate(1, items);
  const many = await rate(4, items);
  const note = `${Math.round(one)} items/s with one producer and one consumer, ${Math.round(many)} with four of each`;
  print({ times: one / many, note });
}
