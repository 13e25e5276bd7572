/** The heap and the object table: no block is handed out twice, none is lost, the last of several holders frees an object once. */
import assert from 'node:assert/strict';
import { BLOCK_HEADER_BYTES, BlockState, UNIT_BYTES } from '#dist/memory/layout.js';
import { type ObjectKind, registerObjectKind } from '#dist/memory/objects.js';
import { session } from '#dist/memory/session.js';
import type { Scenario, Scenarios } from '../scenario.js';

/** Where the numbers are written: the ends of a large block say as much as all of it. */
function* ends(unit: number): Generator<Uint8Array> {
  const payload = session().heap.payload(unit);
  yield payload.subarray(0, 64);
  yield payload.subarray(-64);
}

/** Several workers allocate, write their number into the block, and look at the end whether it is still there. */
function heap(workers: number, sizes: readonly number[], free: boolean): Scenario<undefined, undefined> {
  return {
    workers,
    prepare: () => ({ state: undefined }),
    open: () => undefined,
    run(_, worker) {
      const { heap } = session();
      const units = sizes.map((size) => {
        const unit = heap.allocate(size);
        for (const end of ends(unit)) end.fill(worker + 1);
        return unit;
      });
      for (const unit of units) {
        for (const end of ends(unit)) {
          const isOurs = end.every((byte) => byte === worker + 1);
          assert.ok(isOurs, 'a block is handed out twice');
        }
        if (free) heap.free(unit);
      }
      return free ? [] : units;
    },
    check(_, results) {
      const units = results.flat();
      assert.equal(new Set(units).size, units.length, 'a block is handed out twice');
      for (const unit of units) session().heap.free(unit);
    },
  };
}

/** Takes all pages that the heap has in reserve, so that the next allocation gets new ones from the system. */
function takeReserve(): number[] {
  const { heap } = session();
  const free = [...heap.blocks()].filter(({ state }) => state === BlockState.FREE);
  return free.map(({ size }) => heap.allocate(size * UNIT_BYTES - BLOCK_HEADER_BYTES));
}

/** Two workers find nothing free, and go to the system for pages. */
const growth: Scenario<readonly number[], undefined> = {
  ...heap(2, [100], false),
  share: 0.1,
  prepare: () => ({ state: takeReserve() }),
  check(taken, results) {
    for (const unit of [...results.flat(), ...taken]) session().heap.free(unit);
  },
};

/** Blocks that lie side by side are freed by different workers at once. */
const freeNeighbours: Scenario<undefined, readonly number[]> = {
  workers: 3,
  prepare() {
    const { heap } = session();
    const units = Array.from({ length: 6 }, () => heap.allocate(100));
    return { state: undefined, numbers: units };
  },
  open: (numbers) => numbers.slice(0, 6),
  run(units, worker) {
    session().heap.free(units[2 * worker]);
    session().heap.free(units[2 * worker + 1]);
  },
  check() {},
};

let destroyed = 0;
const kind: ObjectKind = {
  code: 250,
  name: 'object of a test',
  destroy() {
    destroyed++;
  },
};
registerObjectKind(kind);

interface Held {
  readonly index: number;
  readonly generation: number;
}

/** All workers hold one object; what each does with it. In the end nobody holds it. */
function objects(workers: number, run: (held: Held, worker: number) => void): Scenario<Held, Held> {
  return {
    workers,
    prepare() {
      const { heap, objects } = session();
      const reference = objects.publish(kind, heap.allocate(64, true));
      return { state: reference, numbers: [reference.index, reference.generation] };
    },
    open([index, generation], worker) {
      destroyed = 0;
      session().objects.hold(index);
      // The main thread's hold is gone before anybody begins.
      if (worker === workers - 1) session().objects.release(index, MAIN);
      return { index, generation };
    },
    run(held, worker) {
      run(held, worker);
      return [destroyed];
    },
    check({ index, generation }, results) {
      assert.equal(
        results.flat().reduce((sum, count) => sum + count, 0),
        1,
        'the object is destroyed once',
      );
      assert.throws(() => session().objects.block({ index, generation }, kind), { name: 'SharedMemoryError' });
    },
  };
}

/** (generation 1 << 10) | slot 1: who made the session. */
const MAIN = (1 << 10) | 1;

function release({ index }: Held): void {
  session().objects.release(index);
}

/** A message takes the object from worker 0 to worker 1, which holds it then. */
function sendThenRelease({ index, generation }: Held, worker: number): void {
  const { objects } = session();
  const passenger = { index, generation, role: 0 };
  if (worker === 0) {
    objects.send(passenger);
    objects.release(index);
    objects.hold(index);
    objects.delivered(passenger);
  }
  objects.release(index);
}

export const scenarios: Scenarios = {
  'heap: two allocate and free': heap(2, [100], true),
  'heap: three allocate and free': heap(3, [40], true),
  'heap: two allocate': heap(2, [100, 100], false),
  'heap: two split and merge': heap(2, [2000, 40], true),
  'heap: two large blocks': heap(2, [2 * 1024 * 1024], false),
  'heap: two take pages from the system': growth,
  'heap: neighbours are freed': freeNeighbours,
  'objects: two holders release': objects(2, release),
  'objects: three holders release': objects(3, release),
  'objects: one sends, another releases': objects(2, sendThenRelease),
  'objects: one publishes while another releases': {
    ...objects(2, release),
    run(held: Held) {
      const { heap, objects } = session();
      const { index } = objects.publish(kind, heap.allocate(64, true));
      release(held);
      objects.release(index);
      return [destroyed - 1];
    },
  },
};
