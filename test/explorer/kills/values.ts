/** Values and arrays: memory that was being made is free again, and what a lock guards is whole, or said to be abandoned. */
import assert from 'node:assert/strict';
import { copy, RawArray, SharedArray, struct, Value } from 'multiproc/sharedctypes';
import type { KillScenario, KillScenarios } from '../kill_scenario.js';

const Pair = struct({ left: 'i', right: 'q' });

/** What only the child makes is gone with it: fsck says so. */
function made(make: () => unknown): KillScenario<undefined> {
  return { prepare: () => ({ state: undefined }), run: make, check() {} };
}

export const scenarios: KillScenarios = {
  'make a Value with a lock': made(() => new Value('i', 7)),
  'make an array of structures': made(() => new SharedArray(Pair, 100)),
  'make and copy a raw array': made(() => copy(RawArray('d', [1, 2, 3]))),
  'change a structure under its lock': {
    prepare() {
      const state = new Value(Pair, { left: 1, right: 1n });
      return { state, args: [state] };
    },
    run(pair: Value<typeof Pair>) {
      const hold = pair.holdSync();
      pair.left = 2;
      pair.right = 2n;
      hold.release();
    },
    check(pair: Value<typeof Pair>) {
      const hold = pair.holdSync({ timeout: 5000 });
      assert.ok(hold.abandoned || BigInt(pair.left) === pair.right, `${pair.left} and ${pair.right}`);
      hold.release();
    },
  },
  // `add` and its like are one instruction each: there is nothing between to be killed at.
};
