/** JoinableQueue: an item is done, or it is there to be got; the count of those that are not done is right; who joins goes on. */
import assert from 'node:assert/strict';
import { JoinableQueue } from '#dist/channels/joinable_queue.js';
import { Queue } from '#dist/channels/queue.js';
import { forgetInstance } from '#dist/memory/instances.js';
import { session } from '#dist/memory/session.js';
import { type KillScenario, type KillScenarios, within } from '../kill_scenario.js';

export const SMALL = 's'.repeat(100);
export const LARGE = 'l'.repeat(20_000);

type Items = readonly { readonly value: unknown; readonly redelivered: boolean }[];

export function made(items: readonly unknown[], maxsize = 0): JoinableQueue<any> {
  const queue = new JoinableQueue<any>(maxsize);
  queue.putManySync(items);
  return queue;
}

/** Gets and does everything; then everything is done, and the queue works on. */
export function doAll(it: JoinableQueue<any>): Items {
  const items: { value: unknown; redelivered: boolean }[] = [];
  for (let task = it.tryGetTask(); task !== undefined; task = it.tryGetTask()) {
    items.push(task);
    task.done();
  }
  assert.equal(it.tryJoin(), true, 'everything was done, and join would wait');
  it.putSync(SMALL);
  assert.equal(it.tryJoin(), false);
  assert.equal(it.getSync(), SMALL);
  it.taskDone();
  it.joinSync({ timeout: 0 });
  forgetInstance(session(), it, it.reference);
  return items;
}

export const values = (items: Items): unknown[] => items.map(({ value }) => value);

function put(item: unknown, before: readonly unknown[]): KillScenario<JoinableQueue> {
  return {
    prepare() {
      const queue = made(before);
      return { state: queue, args: [queue] };
    },
    run: (it: JoinableQueue) => it.putSync(item),
    check(it) {
      const { length } = values(doAll(it));
      assert.ok(length === before.length || length === before.length + 1, 'all or nothing');
    },
  };
}

/** The child gets the first of these; nothing of it is done, so all come again. */
function get(items: readonly unknown[], form: 'getSync' | 'getTaskSync'): KillScenario<JoinableQueue> {
  return {
    prepare() {
      const queue = made(items);
      return { state: queue, args: [queue] };
    },
    run: (it: JoinableQueue) => it[form](),
    check(it) {
      const left = doAll(it);
      assert.deepEqual(values(left), items, 'an item is lost, or not in its place');
      assert.ok(
        left.every(({ redelivered }, i) => i === 0 || !redelivered),
        'what nobody had is marked',
      );
    },
  };
}

/** The child has got some and reports one done, for which others join. */
function done(items: readonly unknown[], got: number): KillScenario<any> {
  return {
    prepare() {
      const queue = made(items);
      return { state: { queue, joined: undefined as Promise<void> | undefined }, args: [queue] };
    },
    open(queue: JoinableQueue) {
      queue.getManySync(got);
      return [queue];
    },
    meanwhile(state) {
      state.joined = state.queue.join();
    },
    run: (queue: JoinableQueue) => queue.taskDone(),
    async check({ queue, joined }) {
      const left = doAll(queue);
      assert.ok([items.length, items.length - 1].includes(left.length), 'one is done, or none');
      assert.deepEqual(
        left.map(({ value, redelivered }) => [value, redelivered]),
        items.map((item, i) => [item, i < got]).slice(items.length - left.length),
      );
      await within(joined, 'a join of a queue of which everything was done');
    },
  };
}

/** An item that names a queue which nobody else holds. */
function carrying(act: (it: JoinableQueue<any>) => unknown): KillScenario<JoinableQueue<any>> {
  return {
    prepare() {
      const queue = new JoinableQueue<any>();
      const inner = new Queue<string>();
      inner.putSync('inside');
      queue.putSync(inner);
      forgetInstance(session(), inner, inner.reference);
      return { state: queue, args: [queue] };
    },
    run: act,
    check(it) {
      const left = values(doAll(it)) as Queue<string>[];
      assert.ok(left.length <= 1);
      for (const inner of left) {
        assert.equal(inner.getSync(), 'inside');
        forgetInstance(session(), inner, inner.reference);
      }
    },
  };
}

export const scenarios: KillScenarios = {
  'put a task': put(SMALL, [SMALL]),
  'put a large task': put(LARGE, [SMALL]),
  'get a task': get([SMALL, 'b', 'c'], 'getSync'),
  'get a large task, with its done': get([LARGE, 'b'], 'getTaskSync'),
  'report the last task done': done([SMALL], 1),
  'report the first of several tasks done': done([LARGE, 'b', 'c', 'd'], 3),
  'get and report a task that names an object': carrying((it) => (it.getSync(), it.taskDone())),
};
