/** Descriptors on their way: who receives gets one, or the error that says that its sender has ended; nobody waits, nothing stays open. */
import '#dist/handles/traveling.js';
import assert from 'node:assert/strict';
import { Queue } from '#dist/channels/queue.js';
import { Descriptor } from '#dist/handles/descriptor.js';
import { keeper } from '#dist/handles/keeper.js';
import { forgetInstance } from '#dist/memory/instances.js';
import { session } from '#dist/memory/session.js';
import { type KillScenarios, within } from '../kill_scenario.js';

const own = new Descriptor(0);

/** What is in the queue: descriptors, or 'lost'. */
async function drain(queue: Queue<Descriptor>): Promise<string[]> {
  const found: string[] = [];
  while (!queue.empty()) {
    try {
      (await within(queue.get(), 'a descriptor does not come')).close();
      found.push('here');
    } catch (error) {
      assert.equal((error as Error).name, 'HandleLostError');
      found.push('lost');
    }
  }
  return found;
}

function isOneOf(found: readonly string[], ...expected: readonly string[]): void {
  assert.ok(expected.includes(found.join()), `in the queue: ${found}`);
}

/** Usable, and nothing is kept that nobody can receive. */
async function finish(queue: Queue<Descriptor>): Promise<void> {
  queue.putSync(own);
  assert.deepEqual(await drain(queue), ['here']);
  forgetInstance(session(), queue, queue.reference);
  const parcels = (): number => [...session().objects.live()].filter(({ kind }) => kind?.name === 'parcel').length;
  const isClean = async (): Promise<void> => {
    while (keeper(session()).count > 0 || parcels() > 0) {
      session().collector.collect();
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  await within(isClean(), 'a parcel stays');
}

function made(filled: boolean): { state: Queue<Descriptor>; args: [Queue<Descriptor>] } {
  const queue = new Queue<Descriptor>();
  if (filled) queue.putSync(own);
  return { state: queue, args: [queue] };
}

export const scenarios: KillScenarios = {
  'send the first descriptor': {
    alone: true,
    prepare: () => made(false),
    run: (queue: Queue<Descriptor>) => queue.putSync(own),
    async check(queue) {
      isOneOf(await drain(queue), '', 'lost', 'here');
      await finish(queue);
    },
  },
  'receive a descriptor': {
    alone: true,
    prepare: () => made(true),
    run: (queue: Queue<Descriptor>) => queue.getSync().close(),
    async check(queue) {
      isOneOf(await drain(queue), '', 'here');
      await finish(queue);
    },
  },
  'leave with descriptors that nobody has received': {
    alone: true,
    prepare: () => made(false),
    open(queue: Queue<Descriptor>) {
      queue.putSync(own);
      queue.putSync(own);
      return [];
    },
    run: () => keeper(session()).leave(),
    async check(queue) {
      isOneOf(await drain(queue), 'lost,lost', 'here,lost', 'here,here');
      await finish(queue);
    },
  },
};
