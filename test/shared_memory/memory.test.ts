/** The memory itself: mapped as long as somebody can touch it, paid for when it is made, sent without a copy. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { inspect } from 'node:util';
import { Pipe, Process } from 'multiproc';
import { ShareableList, SharedMemory } from 'multiproc/shared-memory';
import { platform } from '#dist/platform/current.js';
import { openDescriptors, programPath, runProgram } from '../support/programs.js';
import { addToWords } from './programs/tasks.js';
import { exists, noDevShm, testName } from './support.js';

test('what nobody holds is unmapped, what a view keeps is not', { skip: noDevShm }, async () => {
  const outcome = await runProgram('programs/collect.js', import.meta, { execArgv: ['--expose-gc'] });
  assert.deepEqual(outcome, { stdout: '22\n2\n5\n6\n', stderr: '', code: 0, signal: null });
});

test('views stay usable after close and unlink, the buffer is the same at each look', () => {
  const shm = SharedMemory.create({ size: 64 });
  const { buf } = shm;
  assert.equal(shm.buf, buf);
  const words = new Int32Array(buf.buffer, 8, 2);
  shm.close();
  shm.unlink();
  words[0] = 7;
  assert.equal(buf[8], 7);
  assert.deepEqual([shm.name.length > 0, shm.size], [true, 64]);
  assert.equal(inspect(shm), `SharedMemory('${shm.name}', size=64)`);
});

test('no descriptor stays open, and memory cannot be transferred away', () => {
  SharedMemory.create({ size: 8 }).unlink();
  const before = openDescriptors();
  const shm = SharedMemory.create({ size: 8 });
  SharedMemory.attach(shm.name);
  assert.equal(openDescriptors(), before);
  const { buffer } = shm.buf;
  try {
    structuredClone(buffer, { transfer: [buffer as ArrayBuffer] });
  } catch (error) {
    assert.equal((error as Error).name, 'DataCloneError');
  }
  for (const method of ['transfer', 'transferToFixedLength'] as const) {
    const transfer = (buffer as ArrayBuffer & Record<string, (() => unknown) | undefined>)[method];
    if (transfer) assert.throws(() => transfer.call(buffer), { name: 'TypeError', code: 'ERR_MULTIPROC_ARGUMENT' });
  }
  assert.equal(buffer.byteLength, 8);
  shm.unlink();
});

test('using closes', () => {
  const shm = SharedMemory.create({ size: 8 });
  const list = ShareableList.create([1]);
  {
    using closed = SharedMemory.attach(shm.name);
    using closedList = ShareableList.attach(list.shm.name);
    assert.deepEqual([closed.size, closedList.get(0)], [8, 1]);
    shm[Symbol.dispose]();
  }
  assert.throws(() => shm.buf, { name: 'SharedMemoryClosedError' });
  assert.ok(exists(shm.name));
  shm.unlink();
  list.shm.unlink();
});

test('views of it travel without a copy', async () => {
  const shm = SharedMemory.create({ size: 64 });
  const words = new Int32Array(shm.buf.buffer, 16, 4);
  assert.equal(await new Process({ target: addToWords, args: [words, 5] }).start().join(), 0);
  assert.deepEqual([...new Int32Array(shm.buf.buffer)], [0, 0, 0, 0, 5, 5, 5, 5, 0, 0, 0, 0, 0, 0, 0, 0]);
  const [receiver, sender] = Pipe<{ words: Int32Array; part: Buffer }>(false);
  sender.sendSync({ words, part: shm.buf.subarray(16, 18) });
  const came = receiver.recvSync();
  assert.equal(came.words.buffer, shm.buf.buffer, 'one mapping serves all views');
  assert.ok(Buffer.isBuffer(came.part));
  assert.deepEqual([came.part.byteOffset, came.part.length, came.part[0]], [16, 2, 5]);
  shm.unlink();
  sender.sendSync({ words, part: shm.buf });
  assert.equal(receiver.recvSync().words.buffer, shm.buf.buffer, 'also without a name, where it is mapped');
  const child = new Process({ target: addToWords, args: [words, 5], stdio: 'pipe' }).start();
  child.stderr!.resume();
  assert.equal(await child.join(), 1, 'not where it is not');
  receiver.close();
  sender.close();
});

test('a block that a message names in a hostile way', async () => {
  const { encode, decode } = await import('#dist/serialization/codec.js');
  const shm = SharedMemory.create({ size: 8 });
  const bytes = Buffer.from(encode(shm));
  const damaged = (name: string): Buffer => {
    assert.equal(name.length, shm.name.length);
    return Buffer.from(bytes.toString('latin1').replaceAll(shm.name, name), 'latin1');
  };
  assert.ok((decode(bytes) as SharedMemory) instanceof SharedMemory);
  assert.throws(() => decode(damaged('../../x/y/zz')), { name: 'RangeError', message: /without a slash/ });
  assert.throws(() => decode(damaged('no-such-name')), { name: 'SharedMemoryNotFoundError' });
  shm.unlink();
});

const unshared = spawnSync('unshare', ['-m', 'sh', '-c', 'mount -t tmpfs -o size=1m tmpfs /dev/shm'], { stdio: 'ignore' });
const noSmall = unshared.status === 0 ? false : 'may not mount a small /dev/shm (needs root)';

test('too little room in /dev/shm is an error at creation and at attaching, never SIGBUS', { skip: noSmall }, () => {
  const command = `mount -t tmpfs -o size=1m tmpfs /dev/shm && exec '${process.execPath}' '${programPath('programs/small.js', import.meta)}'`;
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  const { stdout, stderr, status } = spawnSync('unshare', ['-m', 'sh', '-c', command], { encoding: 'utf8', env });
  assert.deepEqual([stderr, status], ['', 0]);
  assert.equal(
    stdout,
    [
      'too much: SharedMemoryError: 2000000 bytes of shared memory were asked for, and the file system of shared memory (/dev/shm) has 1048576 left',
      "unaware: SharedMemoryError: there is no memory for the 2000000 bytes of shared memory 'multiproc-small-b'; Infinity are left",
      '0',
      "sparse: SharedMemoryError: there is no memory for the 600000 bytes of shared memory 'multiproc-small-c'; Infinity are left",
      '',
    ].join('\n'),
  );
});

test('more than the machine has is an error before anything is made', () => {
  const system = platform() as { availableMemory(): number };
  const { availableMemory } = system;
  system.availableMemory = () => 1000;
  try {
    assert.throws(() => SharedMemory.create({ size: 1001, name: testName() }), {
      name: 'SharedMemoryError',
      message: /^1001 bytes of shared memory were asked for, and this machine or container has 1000 left: ask for less/,
    });
  } finally {
    system.availableMemory = availableMemory;
  }
});
