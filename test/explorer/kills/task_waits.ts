/** JoinableQueue: those who wait for what the dead began, who cleans up after them, and the end of the queue. */
import assert from 'node:assert/strict';
import { JoinableQueue } from '#dist/channels/joinable_queue.js';
import { Queue } from '#dist/channels/queue.js';
import { forgetInstance } from '#dist/memory/instances.js';
import { session } from '#dist/memory/session.js';
import { actAndDie, type KillScenarios, within } from '../kill_scenario.js';
import { doAll, LARGE, made, SMALL, values } from './tasks.js';

export const scenarios: KillScenarios = {
  'get, for one who waits for room': {
    prepare() {
      const queue = made(['a', 'b'], 2);
      return { state: { queue, put: undefined as Promise<void> | undefined }, args: [queue] };
    },
    meanwhile(state) {
      state.put = state.queue.put('c');
    },
    run: (queue: JoinableQueue) => queue.getSync(),
    async check({ queue, put: late }) {
      const first = queue.getTaskSync();
      assert.equal(first.value, 'a');
      // Whoever had it before: it took no room any more.
      await within(late, 'a put for which there is room');
      first.done();
      assert.deepEqual(values(doAll(queue)), ['b', 'c']);
    },
  },
  'put a task for one who waits': {
    prepare() {
      const queue = made([]);
      return { state: { queue, item: undefined as Promise<unknown> | undefined }, args: [queue] };
    },
    meanwhile(state) {
      state.item = state.queue.get();
    },
    run: (queue: JoinableQueue) => queue.putSync(SMALL),
    async check({ queue, item }) {
      if (queue.tryJoin()) queue.putSync(SMALL);
      assert.equal(await within(item, 'who waits for an item does not get it'), SMALL);
      queue.taskDone();
      doAll(queue);
    },
  },
  'clean up after one who had tasks': {
    prepare() {
      const queue = made([SMALL, LARGE, 'c', 'd']);
      const { reference } = queue;
      const dead = actAndDie(() => {
        session().objects.hold(reference.index);
        // As a thread of its own, with instances of its own.
        const own = JoinableQueue.from<string>(reference);
        own.getSync();
        own.getSync();
        own.getSync();
      });
      return { state: queue, args: [dead] };
    },
    alone: true,
    run: (dead: number) => session().bury(dead),
    check(it) {
      const left = doAll(it);
      assert.deepEqual(
        left.map(({ value, redelivered }) => [value, redelivered]),
        [
          [SMALL, true],
          [LARGE, true],
          ['c', true],
          ['d', false],
        ],
      );
    },
  },
  'destroy a queue with tasks': {
    prepare() {
      const queue = made([SMALL, LARGE, 'c']);
      queue.putSync(new Queue());
      return { state: queue, args: [queue] };
    },
    open(queue: JoinableQueue) {
      queue.getSync();
      return [queue];
    },
    meanwhile: (queue) => forgetInstance(session(), queue, queue.reference),
    run: (queue: JoinableQueue) => forgetInstance(session(), queue, queue.reference),
    check() {},
  },
};
