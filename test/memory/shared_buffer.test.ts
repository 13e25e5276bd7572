import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Pipe } from '#dist/channels/pipe.js';
import { fsck } from '#dist/memory/fsck.js';
import { session } from '#dist/memory/session.js';
import { createSharedBuffer, forgetSharedBuffer, referenceOfBuffer } from '#dist/memory/shared_buffer.js';

test('memory is zeroed, of exactly the size asked for, and cannot be transferred', () => {
  for (const bytes of [1, 24, 4096, 100_000]) {
    const buffer = createSharedBuffer(bytes);
    assert.equal(buffer.byteLength, bytes);
    assert.ok(new Uint8Array(buffer).every((byte) => byte === 0));
    new Uint8Array(buffer).fill(255);
    // Node 20 copies what is marked, later versions throw.
    try {
      structuredClone(buffer, { transfer: [buffer] });
    } catch (error) {
      assert.equal((error as Error).name, 'DataCloneError');
    }
    assert.equal(buffer.byteLength, bytes);
    assert.equal(structuredClone(buffer).byteLength, bytes);
    forgetSharedBuffer(buffer);
  }
  assert.equal(createSharedBuffer(0).byteLength, 0);
  assert.equal(referenceOfBuffer(new ArrayBuffer(8)), undefined);
});

test('views of it arrive as views of the same memory', () => {
  const [r, w] = Pipe<{ words: Int32Array; part: Buffer; again: DataView }>(false);
  const buffer = createSharedBuffer(64);
  const words = new Int32Array(buffer, 8, 4);
  w.sendSync({ words, part: Buffer.from(buffer, 8, 6), again: new DataView(buffer) });
  const came = r.recvSync();
  assert.equal(came.words.buffer, buffer, 'one instance in one thread');
  assert.deepEqual([came.words.byteOffset, came.words.length], [8, 4]);
  assert.ok(Buffer.isBuffer(came.part));
  words[0] = 77;
  assert.equal(came.part.readInt32LE(0), 77);
  assert.equal(came.again.getInt32(8, true), 77);
  r.close();
  w.close();
  assert.deepEqual(fsck(session()), []);
});
