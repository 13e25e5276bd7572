/** Objects in messages while somebody collects: what can be reached stays, counts stay right, the rest goes. */
import assert from 'node:assert/strict';
import { Queue } from '#dist/channels/queue.js';
import { forgetInstance, type Instance } from '#dist/memory/instances.js';
import { Header } from '#dist/memory/layout.js';
import { session } from '#dist/memory/session.js';
import { add, load } from '#dist/platform/atomics.js';
import { Lock } from '#dist/sync/lock.js';
import type { Scenario, Scenarios } from '../scenario.js';

/** (generation 1 << 10) | slot 1: who made the session. */
const MAIN = (1 << 10) | 1;

function forget(...objects: readonly Instance[]): void {
  for (const object of objects) forgetInstance(session(), object, object.reference);
}

function numbersOf(...objects: readonly Instance[]): number[] {
  return objects.flatMap(({ reference: { index, generation } }) => [index, generation]);
}

function queuesFrom(numbers: readonly number[], count: number): Queue<any>[] {
  return Array.from({ length: count }, (_, i) => Queue.from({ index: numbers[2 * i], generation: numbers[2 * i + 1] }));
}

/** A count that was left undecided, because others were always at it, is decided now. */
function settle(): void {
  if (load(session().arena.words, Header.RECOUNT) !== 0) session().collector.collect();
}

/** Worker 0 passes a lock on that nobody else has, worker 1 gets and uses it, the last one collects meanwhile. */
function passOn(make: (lock: Lock) => unknown, use: (value: any) => Lock): Scenario<Queue<any>[], Queue<any>[]> {
  return {
    workers: 3,
    share: 0.5,
    prepare() {
      const queues = [new Queue<any>(), new Queue<any>()];
      const lock = new Lock();
      queues[0].putSync(lock);
      forget(lock);
      return { state: queues, numbers: numbersOf(...queues) };
    },
    open: (numbers) => queuesFrom(numbers, 2),
    run([first, second], worker) {
      if (worker === 2) return void session().collector.collect();
      if (worker === 0) {
        const lock = first.getSync();
        const value = make(lock);
        second.putSync(value);
        forget(lock);
        if (value instanceof Queue) forget(value);
        return;
      }
      const lock = use(second.getSync());
      assert.ok(lock.tryAcquire());
      lock.release();
      forget(lock);
    },
    close: (queues) => forget(...queues),
    check(queues) {
      assert.deepEqual(
        queues.map((queue) => queue.qsize()),
        [0, 0],
      );
      forget(...queues);
    },
  };
}

function inQueue(lock: Lock): Queue<Lock> {
  const queue = new Queue<Lock>();
  queue.putSync(lock);
  return queue;
}

function outOfQueue(queue: Queue<Lock>): Lock {
  const lock = queue.getSync();
  forget(queue);
  return lock;
}

/** A death has left counts that may be wrong. Worker 0 does something, worker 1 counts anew. */
function recount(wrong: number, act: (queue: Queue<any>, lock: Lock) => void, inside: number): Scenario<any, any> {
  return {
    workers: 2,
    prepare() {
      const queue = new Queue<Lock>();
      const lock = new Lock();
      for (let i = 0; i < inside; i++) queue.putSync(lock);
      for (let i = 0; i < wrong; i++) session().objects.addInFlight(lock.reference.index, 1);
      add(session().arena.words, Header.RECOUNT, 1);
      return { state: { queue, lock }, numbers: numbersOf(queue, lock) };
    },
    open([index, generation, lockIndex, lockGeneration], worker) {
      if (worker === 1) {
        // The queue is worker 0's alone.
        session().objects.release(index, MAIN);
        return {};
      }
      return {
        queue: Queue.from({ index, generation }),
        lock: Lock.from({ index: lockIndex, generation: lockGeneration }),
      };
    },
    run({ queue, lock }, worker) {
      if (worker === 1) session().collector.collect();
      else act(queue, lock);
    },
    close({ queue, lock }, worker) {
      if (worker === 0) forget(queue, lock);
    },
    check({ queue, lock }) {
      settle();
      forget(queue, lock);
    },
  };
}

export const scenarios: Scenarios = {
  'collector: a lock is passed on': passOn(
    (lock) => lock,
    (lock) => lock,
  ),
  'collector: a lock is passed on inside a queue': passOn(inQueue, outOfQueue),
  'collector: counts anew while a queue with locks goes': recount(0, (queue) => forget(queue), 2),
  'collector: counts a wrong count anew while the lock is put': recount(2, (queue, lock) => queue.putSync(lock), 0),
  'collector: counts anew while a lock is got': recount(0, (queue) => void queue.getSync(), 1),
};
