/** More than 2 GiB in one message: bytes, and a value. What is compared is each of its megabytes. */
import assert from 'node:assert/strict';
import { constants } from 'node:buffer';
import { freemem } from 'node:os';
import { test } from 'node:test';
import { Pipe } from '#dist/channels/pipe.js';
import { fsck } from '#dist/memory/fsck.js';
import { session } from '#dist/memory/session.js';
import { startChild } from '../support/children.js';

const MIB = 2 ** 20;
const GIB = 2 ** 30;
/** The sender's, the heap's, the receiver's, and the encoder's, which grows by doubling. */
const NEEDED = 14 * GIB;
const skip = freemem() < NEEDED && `needs ${NEEDED / GIB} GiB of memory`;

/** Sizes above 2 GiB; above 4 GiB where Buffers hold as much. */
const sizes = [2.2 * GIB + 5, ...(constants.MAX_LENGTH > 5 * GIB ? [4.1 * GIB + 3] : [])].map(Math.floor);

for (const size of sizes) {
  test(`sendBytes of ${size} bytes`, { skip }, async () => {
    const [r, w] = Pipe<any>(false);
    const child = startChild('children/send-huge.js', import.meta, w, 'bytes', size);
    w.close();
    const bytes = await r.recvBytes();
    assert.equal(bytes.length, size);
    for (let at = 0; at < size; at += MIB) assert.equal(bytes[at], (at / MIB) % 251, `at ${at}`);
    assert.equal(bytes[size - 1], 77);
    assert.equal(r.recvSync(), 'behind it');
    assert.equal(await child.exit, 0);
    r.close();
    assert.deepEqual(fsck(session()), []);
  });
}

test('recvBytesInto of more than 2 GiB, and BufferTooShort with all of it', { skip }, async () => {
  const [r, w] = Pipe<any>(false);
  const [size] = sizes;
  const child = startChild('children/send-huge.js', import.meta, w, 'bytes', size);
  w.close();
  const target = Buffer.alloc(size + 3);
  assert.equal(await r.recvBytesInto(target, { offset: 3 }), size);
  for (let at = 0; at < size; at += MIB) assert.equal(target[at + 3], (at / MIB) % 251, `at ${at}`);
  assert.equal(await child.exit, 0);
  r.close();
});

test('a value of more than 2 GiB', { skip }, async () => {
  const [r, w] = Pipe<any>(false);
  const [size] = sizes;
  const child = startChild('children/send-huge.js', import.meta, w, 'value', size);
  w.close();
  const { parts, end } = await r.recv();
  let at = 0;
  for (const part of parts as Buffer[]) {
    for (let i = 0; i < part.length; i += MIB) assert.equal(part[i], ((at + i) / MIB) % 251, `at ${at + i}`);
    at += part.length;
  }
  assert.deepEqual([at, end], [size, 'end']);
  assert.equal(await child.exit, 0);
  r.close();
  assert.deepEqual(fsck(session()), []);
});
