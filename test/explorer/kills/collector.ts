/** One who collects is killed at each step: what can be reached stays, the rest goes with the next collection. */
import assert from 'node:assert/strict';
import { Pipe } from '#dist/channels/pipe.js';
import { Queue } from '#dist/channels/queue.js';
import { sweepCollected } from '#dist/memory/collected.js';
import { forgetInstance, type Instance } from '#dist/memory/instances.js';
import { Header } from '#dist/memory/layout.js';
import type { ObjectReference } from '#dist/memory/object_kinds.js';
import { session } from '#dist/memory/session.js';
import { add, load } from '#dist/platform/atomics.js';
import { Lock } from '#dist/sync/lock.js';
import type { KillScenario, KillScenarios } from '../kill_scenario.js';

function forget(...objects: readonly Instance[]): void {
  for (const object of objects) forgetInstance(session(), object, object.reference);
}

interface Things {
  /** Held here, with a queue in it that has a lock in it. */
  readonly outer: Queue<Queue<Lock>>;
  /** Nobody can reach these: two queues in each other, and a lock in one of them. */
  readonly garbage: readonly ObjectReference[];
  /** An end of a pipe lies in `outer`'s queue, too. */
  readonly writer: { sendSync(value: unknown): void; close(): void };
}

function make(): Things {
  const outer = new Queue<any>();
  const inner = new Queue<any>();
  const lock = new Lock();
  const [reader, writer] = Pipe<unknown>(false);
  inner.putSync({ lock, reader });
  outer.putSync(inner);
  reader.close();
  const cycle = [new Queue<any>(), new Queue<any>()];
  const lost = new Lock();
  cycle[0].putManySync([cycle[1], lost]);
  cycle[1].putSync(cycle[0]);
  const garbage = [...cycle, lost].map(({ reference }) => reference);
  forget(inner, lock, ...cycle, lost);
  return { outer, garbage, writer };
}

/** A collection here would find nothing to do: whoever collects is the child. */
function collecting(wrong: boolean, run: () => unknown): KillScenario<Things> {
  return {
    alone: true,
    prepare() {
      const things = make();
      return { state: things };
    },
    open() {
      if (wrong) add(session().arena.words, Header.RECOUNT, 1);
      return [];
    },
    run,
    check({ outer, garbage, writer }) {
      const { collector, objects, arena } = session();
      assert.ok(collector.collect());
      assert.equal(load(arena.words, Header.RECOUNT), 0);
      for (const reference of garbage) assert.equal(objects.isLive(reference), false);
      writer.sendSync('x');
      const inner: Queue<any> = outer.getSync();
      const { lock, reader } = inner.getSync();
      assert.equal(lock.tryAcquire(), true);
      lock.release();
      assert.equal(reader.recvSync(), 'x');
      reader.close();
      assert.throws(() => writer.sendSync('x'), { name: 'BrokenPipeError' });
      writer.close();
      forget(outer, inner, lock);
    },
  };
}

export const scenarios: KillScenarios = {
  collect: collecting(false, () => session().collector.collect()),
  'collect and count anew': collecting(true, () => session().collector.collect()),
  'drop what was collected': {
    prepare() {
      const queue = new Queue<Lock>();
      const references = Array.from({ length: 3 }, () => {
        const lock = new Lock();
        queue.putSync(lock);
        forget(lock);
        return lock.reference;
      });
      return { state: { queue, references }, args: [queue] };
    },
    open(queue: Queue<Lock>) {
      for (let i = 0; i < 3; i++) queue.getSync();
      return [];
    },
    run: () => sweepCollected(),
    check({ queue, references }: { queue: Queue; references: readonly ObjectReference[] }) {
      for (const reference of references) assert.equal(session().objects.isLive(reference), false);
      forget(queue);
    },
  },
  'destroy a chain of queues': {
    prepare() {
      let last = new Queue<any>();
      const references = [last.reference];
      for (let i = 0; i < 2; i++) {
        const next = new Queue<any>();
        next.putManySync([last, new Uint8Array(20_000)]);
        forget(last);
        references.push(next.reference);
        last = next;
      }
      return { state: { last, references }, args: [last] };
    },
    meanwhile: ({ last }) => forget(last),
    run: (last: Queue) => forget(last),
    check({ references }: { references: readonly ObjectReference[] }) {
      session().collector.collect();
      for (const reference of references) assert.equal(session().objects.isLive(reference), false);
    },
  },
};
