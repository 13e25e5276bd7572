import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { fsck } from '#dist/memory/fsck.js';
import { session } from '#dist/memory/session.js';

test('blocks of random sizes are allocated, filled, freed and reused, and the heap stays sound', () => {
  const { heap } = session();
  const size = fc.oneof(
    fc.integer({ min: 0, max: 300 }),
    fc.integer({ min: 0, max: 100_000 }),
    fc.integer({ min: 0, max: 3_000_000 }),
  );
  const step = fc.oneof(fc.record({ size }), fc.record({ free: fc.nat() }));
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80, size: 'max' }), (steps) => {
      const used: { unit: number; mark: number; size: number }[] = [];
      let mark = 0;
      const release = (block: { unit: number; mark: number; size: number }): void => {
        const bytes = heap.payload(block.unit);
        assert.equal(bytes.length, block.size);
        if (bytes.length > 0)
          assert.deepEqual([bytes[0], bytes[bytes.length >> 1], bytes[bytes.length - 1]], Array(3).fill(block.mark));
        heap.free(block.unit);
      };
      for (const step of steps) {
        if ('size' in step) {
          const unit = heap.allocate(step.size);
          mark = (mark + 1) & 0xff;
          heap.payload(unit).fill(mark);
          used.push({ unit, mark, size: step.size });
        } else if (used.length > 0) release(used.splice(step.free % used.length, 1)[0]);
      }
      assert.deepEqual(fsck(session()), []);
      for (const block of used) release(block);
      assert.deepEqual(fsck(session()), []);
    }),
    { numRuns: 60 },
  );
});

test('blocks larger than a segment span several, and their address space is used again', () => {
  const { heap } = session();
  const bytes = 1.2 * 2 ** 30;
  const first = heap.allocate(bytes);
  const payload = heap.payload(first);
  payload[0] = 1;
  payload[payload.length - 1] = 2;
  assert.equal(payload.length, Math.floor(bytes));
  assert.deepEqual(fsck(session()), []);
  heap.free(first);
  assert.deepEqual(fsck(session()), []);
  const again = heap.allocate(bytes);
  assert.equal(again, first);
  heap.free(again);
});

test('more than the limit is a SharedMemoryError that names what was asked and what is left, and the session goes on', () => {
  const { heap } = session();
  assert.throws(() => heap.allocate(100 * 2 ** 30), {
    name: 'SharedMemoryError',
    message: /107374182400 bytes .* are left .*MULTIPROC_MEMORY_LIMIT/,
  });
  heap.free(heap.allocate(100));
  assert.deepEqual(fsck(session()), []);
});

test('freed large blocks beyond what is kept go back to the system', () => {
  const { heap } = session();
  const before = heap.stats().reserved;
  const units = Array.from({ length: 12 }, () => heap.allocate(16 * 2 ** 20));
  assert.ok(heap.stats().reserved >= before + 128 * 2 ** 20 - heap.stats().free);
  for (const unit of units) heap.free(unit);
  assert.ok(heap.stats().free <= 96 * 2 ** 20, `${heap.stats().free} bytes are kept`);
  assert.deepEqual(fsck(session()), []);
});
