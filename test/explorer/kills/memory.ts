/** The heap and the object table, and what is cleaned up after the dead by one who dies of it. */
import assert from 'node:assert/strict';
import { Queue } from '#dist/channels/queue.js';
import { forgetInstance } from '#dist/memory/instances.js';
import { BLOCK_HEADER_BYTES, BlockState, Header, UNIT_BYTES } from '#dist/memory/layout.js';
import { type ObjectKind, type ObjectReference, registerObjectKind } from '#dist/memory/objects.js';
import { session } from '#dist/memory/session.js';
import { store } from '#dist/platform/atomics.js';
import { actAndDie, type KillScenario, type KillScenarios } from '../kill_scenario.js';

const LARGE = 66 * 1024 * 1024;
const kind: ObjectKind = { code: 250, name: 'object of a test' };
registerObjectKind(kind);

/** The heap works: what is allocated is not handed out twice. */
function useHeap(): void {
  const { heap } = session();
  const units = [100, 3000, 100, 40].map((size) => heap.allocate(size, true));
  assert.equal(new Set(units).size, units.length);
  for (const unit of units) heap.free(unit);
}

function heap(scenario: Partial<KillScenario> & Pick<KillScenario, 'run'>): KillScenario {
  return { prepare: () => ({ state: undefined }), check: useHeap, ...scenario };
}

function publish(): ObjectReference {
  const { heap, objects } = session();
  return objects.publish(kind, heap.allocate(64, true));
}

/** Somebody holds objects, blocks, and an internal lock, and dies. */
function leaveMuch(lock: number): number {
  return actAndDie(() => {
    const { heap, arena, self } = session();
    for (const size of [100, 5000]) heap.allocate(size);
    publish();
    new Queue<string>().putManySync(['one', 'l'.repeat(10_000)]);
    store(arena.words, lock, self);
  });
}

/** The lock is held by one who died while the lists were in pieces. */
function afterTheHolder(lock: number, damage: () => void): (owner: number) => readonly unknown[] {
  return (owner) => {
    damage();
    store(session().arena.words, lock, owner);
    return [];
  };
}

function useObjects(): void {
  const { index } = publish();
  session().objects.release(index);
}

export const scenarios: KillScenarios = {
  'allocate a block that splits another': heap({ run: () => session().heap.allocate(100) }),
  'allocate a block that fits': heap({
    open() {
      const { heap } = session();
      const [hole] = [heap.allocate(100), heap.allocate(100)];
      heap.free(hole);
      return [];
    },
    run: () => session().heap.allocate(100),
  }),
  'allocate a block for which pages are taken': heap({
    alone: true,
    open() {
      const { heap } = session();
      const free = [...heap.blocks()].filter(({ state }) => state === BlockState.FREE);
      for (const { size } of free) heap.allocate(size * UNIT_BYTES - BLOCK_HEADER_BYTES);
      return [];
    },
    run: () => session().heap.allocate(100),
  }),
  'free a block between two free ones': heap({
    open() {
      const { heap } = session();
      const [before, unit, after] = [0, 1, 2, 3].map(() => heap.allocate(100));
      heap.free(before);
      heap.free(after);
      return [unit];
    },
    run: (unit: number) => session().heap.free(unit),
  }),
  'free a large block, which goes back to the system': heap({
    alone: true,
    open: () => [session().heap.allocate(LARGE)],
    run: (unit: number) => session().heap.free(unit),
  }),
  'allocate after the holder of the lock died': heap({
    alone: true,
    prepare() {
      const owner = actAndDie(() => {});
      return { state: owner, args: [owner] };
    },
    open: afterTheHolder(Header.HEAP_LOCK, () => {
      for (const lists of session().heap.lists) lists.clear();
    }),
    run: () => session().heap.allocate(100),
    check(owner) {
      session().bury(owner);
      useHeap();
    },
  }),
  'make an object': heap({ run: publish, check: useObjects }),
  'make an object after the holder of the lock died': heap({
    alone: true,
    prepare() {
      const owner = actAndDie(() => {});
      return { state: owner, args: [owner] };
    },
    open: afterTheHolder(Header.OBJECT_LOCK, () => store(session().arena.words, Header.FREE_OBJECT, 0)),
    run: publish,
    check(owner) {
      session().bury(owner);
      useObjects();
    },
  }),
  'hold and release an object': {
    prepare() {
      const reference = publish();
      return { state: reference, args: [reference.index] };
    },
    run(index: number) {
      session().objects.hold(index);
      session().objects.release(index);
    },
    check({ index, generation }: ObjectReference) {
      session().objects.block({ index, generation }, kind);
      session().objects.release(index);
      assert.throws(() => session().objects.block({ index, generation }, kind), { name: 'SharedMemoryError' });
    },
  },
  'release an object as the last': {
    prepare() {
      const reference = publish();
      return { state: reference, args: [reference.index] };
    },
    open(index: number) {
      session().objects.hold(index);
      return [index];
    },
    meanwhile: ({ index }: ObjectReference) => session().objects.release(index),
    run: (index: number) => session().objects.release(index),
    check({ index, generation }: ObjectReference) {
      assert.throws(() => session().objects.block({ index, generation }, kind), { name: 'SharedMemoryError' });
      useObjects();
    },
  },
  'release a queue with items as the last': {
    prepare() {
      const queue = new Queue<string>();
      queue.putManySync(['one', 'l'.repeat(10_000), ...Array.from({ length: 5 }, () => 'f'.repeat(300))]);
      return { state: queue, args: [queue] };
    },
    meanwhile: (queue: Queue) => forgetInstance(session(), queue, queue.reference),
    run: (queue: Queue) => forgetInstance(session(), queue, queue.reference),
    check() {
      useHeap();
      useObjects();
    },
  },
  'clean up after one who held much, and the lock of the heap': heap({
    alone: true,
    prepare() {
      const owner = leaveMuch(Header.HEAP_LOCK);
      return { state: owner, args: [owner] };
    },
    run: (owner: number) => session().bury(owner),
    check(owner: number) {
      session().bury(owner);
      useHeap();
      useObjects();
    },
  }),
  'clean up after one who held much, and the lock of the objects': heap({
    alone: true,
    prepare() {
      const owner = leaveMuch(Header.OBJECT_LOCK);
      return { state: owner, args: [owner] };
    },
    run: (owner: number) => session().bury(owner),
    check(owner: number) {
      session().bury(owner);
      useHeap();
      useObjects();
    },
  }),
};
