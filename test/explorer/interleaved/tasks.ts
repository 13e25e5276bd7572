/** JoinableQueue: each item is done once, who joins wakes when all are done and not before, and nobody sleeps for ever. */
import assert from 'node:assert/strict';
import { QueueShutDown } from '#dist/base/errors.js';
import { JoinableQueue } from '#dist/channels/joinable_queue.js';
import { forgetInstance } from '#dist/memory/instances.js';
import { session } from '#dist/memory/session.js';
import { actAndDie } from '../kill_scenario.js';
import type { Scenario, Scenarios } from '../scenario.js';

type It = JoinableQueue<number>;
/** What a worker does; returns what it got and did. */
type Part = (it: It) => readonly number[];

const put =
  (...items: readonly number[]): Part =>
  (it) => {
    for (const item of items) it.putSync(item);
    return [];
  };

/** Gets so many, and does each at once. */
const doSome =
  (count: number): Part =>
  (it) =>
    Array.from({ length: count }, () => {
      const item = it.getSync();
      it.taskDone();
      return item;
    });

/** Gets both before either is done. */
const doBoth: Part = (it) => {
  const tasks = [it.getTaskSync(), it.getTaskSync()];
  for (const task of tasks) task.done();
  return tasks.map(({ value }) => value);
};

/** 1000 where everything was done. */
const join: Part = (it) => {
  it.joinSync();
  return [1000];
};

/** Until the queue is closed and drained. */
const doAll: Part = (it) => {
  const got: number[] = [];
  try {
    for (;;) {
      got.push(it.getSync());
      it.taskDone();
    }
  } catch (error) {
    if (!(error instanceof QueueShutDown)) throw error;
    return got;
  }
};

interface Options {
  readonly maxsize?: number;
  readonly before?: readonly number[];
  /** Items of these that a dead participant had taken, whom a worker cleans up after. */
  readonly lost?: number;
  readonly share?: number;
}

function tasks(
  parts: readonly Part[],
  { maxsize = 0, before = [], lost = 0, share }: Options = {},
  put: readonly number[] = [],
): Scenario<It, It> {
  return {
    workers: parts.length,
    share,
    prepare() {
      const it = new JoinableQueue<number>(maxsize);
      for (const item of before) it.putSync(item);
      const { index, generation } = it.reference;
      const dead = lost === 0 ? 0 : die(it, lost);
      return { state: it, numbers: [index, generation, dead] };
    },
    open([index, generation, dead]) {
      const it = JoinableQueue.from<number>({ index, generation });
      return Object.assign(it, { dead });
    },
    run: (it, worker) => parts[worker](it),
    close: (it) => forgetInstance(session(), it, it.reference),
    check(it, results) {
      const got = results.flat().filter((item) => item !== 1000);
      while (!it.empty()) {
        const task = it.getTaskSync();
        got.push(task.value);
        task.done();
      }
      assert.deepEqual(
        got.toSorted((a, b) => a - b),
        [...before, ...put].toSorted((a, b) => a - b),
        'an item is lost, or was done twice',
      );
      assert.equal(it.tryJoin(), true, 'everything was done, and join would wait');
      forgetInstance(session(), it, it.reference);
    },
  };
}

function die(it: It, count: number): number {
  return actAndDie(() => {
    session().objects.hold(it.reference.index);
    for (let i = 0; i < count; i++) it.getSync();
  });
}

const bury: Part = (it) => {
  session().bury((it as It & { dead: number }).dead);
  return [];
};

export const scenarios: Scenarios = {
  'JoinableQueue: put, and do': tasks([put(1, 2), doSome(2)], {}, [1, 2]),
  'JoinableQueue of one: put, and do': tasks([put(1, 2, 3), doSome(3)], { maxsize: 1 }, [1, 2, 3]),
  'JoinableQueue: two put, one does': tasks([put(1), put(11), doSome(2)], {}, [1, 11]),
  'JoinableQueue: two do': tasks([doBoth, doSome(1)], { before: [1, 2, 3] }),
  'JoinableQueue: one does, one joins': tasks([doSome(2), join], { before: [1, 2] }),
  'JoinableQueue: two do, one joins': tasks([doSome(1), doSome(1), join], { before: [1, 2] }),
  'JoinableQueue, closed: two do until it is drained': tasks(
    [
      (it) => {
        it.close();
        return doAll(it);
      },
      doAll,
    ],
    { before: [1, 2] },
  ),
  'JoinableQueue: one has died with items, one gets': tasks([bury, doSome(2)], { before: [1, 2], lost: 2, share: 0.5 }),
  'JoinableQueue: one has died with an item, one joins, one does': tasks([bury, doSome(2), join], {
    before: [1, 2],
    lost: 1,
    share: 0.5,
  }),
};
