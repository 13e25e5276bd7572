/** CPython's own tests of shared memory, by their names there. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Pipe, Process, Queue } from 'multiproc';
import { ShareableList, SharedMemory } from 'multiproc/shared-memory';
import { createBlock } from '#dist/shared_memory/block.js';
import { runProgram } from '../support/programs.js';
import { attachAndWrite, setItem, writeByte } from './programs/tasks.js';
import { exists, noDevShm, testName } from './support.js';

const argumentError = (name: string, message: RegExp): object => ({ name, code: 'ERR_MULTIPROC_ARGUMENT', message });

test('_TestSharedMemory.test_shared_memory_basics', () => {
  const name = testName();
  const shm = SharedMemory.create({ name, size: 512 });
  assert.equal(shm.name, name);
  assert.equal(String(shm), `SharedMemory('${name}', size=${shm.size})`);
  assert.ok(shm.size >= 512);
  assert.equal(shm.buf.length, shm.size);
  assert.equal(shm.buf.buffer.byteLength, shm.size);
  assert.ok(shm.buf.every((byte) => byte === 0));
  shm.buf[0] = 42;
  const also = SharedMemory.attach(name);
  assert.deepEqual([also.buf[0], also.size], [42, shm.size]);
  also.buf[1] = 43;
  assert.equal(shm.buf[1], 43);
  also.close();
  also.close();
  assert.throws(() => also.buf, {
    name: 'SharedMemoryClosedError',
    code: 'ERR_MULTIPROC_SHARED_MEMORY_CLOSED',
    message: /was closed here/,
  });
  assert.throws(() => SharedMemory.create({ name, size: 512 }), {
    name: 'SharedMemoryExistsError',
    code: 'ERR_MULTIPROC_SHARED_MEMORY_EXISTS',
    message: new RegExp(`'${name}' exists: attach to it`),
  });
  assert.equal(shm.buf[0], 42, 'the failed creation took nothing away');
  shm.unlink();
  assert.throws(() => SharedMemory.attach(name), {
    name: 'SharedMemoryNotFoundError',
    code: 'ERR_MULTIPROC_SHARED_MEMORY_NOT_FOUND',
  });
  assert.throws(() => shm.unlink(), { name: 'SharedMemoryNotFoundError' });
  shm.buf[2] = 44;
  assert.equal(shm.buf[2], 44);
  shm.close();
});

test('_TestSharedMemory.test_shared_memory_name_with_embedded_null', () => {
  // On unlink no such name can come: an instance's name is fixed.
  for (const use of [
    (name: string) => SharedMemory.attach(name),
    (name: string) => SharedMemory.create({ name, size: 8 }),
    ShareableList.attach,
  ])
    assert.throws(() => use('multiproc-test\0a'), argumentError('RangeError', /NUL/));
});

test('_TestSharedMemory.test_shared_memory_recreate', () => {
  const [taken, free] = [testName(), testName()];
  const shm = SharedMemory.create({ name: taken, size: 10 });
  const names = [taken, taken, free];
  const block = createBlock(undefined, 10, { generate: () => names.shift()! });
  assert.deepEqual([block.name, names], [free, []]);
  SharedMemory.attach(free).unlink();
  shm.unlink();
  const generated = SharedMemory.create({ size: 1 });
  assert.match(generated.name, /^mps_[0-9a-f]{8}$/);
  generated.unlink();
});

test('_TestSharedMemory.test_invalid_shared_memory_creation', () => {
  for (const size of [-1, 0, Number.NaN, 1.5, 2 ** 31 + 1, Infinity])
    assert.throws(
      () => SharedMemory.create({ size }),
      argumentError('RangeError', /size must be a whole number of bytes from 1 to 2147483648/),
    );
  assert.throws(
    () => SharedMemory.create({} as never),
    argumentError('TypeError', /size must be a number of bytes, not missing/),
  );
});

test('_TestSharedMemory.test_shared_memory_pickle_unpickle', () => {
  const [receiver, sender] = Pipe<SharedMemory>(false);
  const shm = SharedMemory.create({ size: 512 });
  shm.buf.write('hello');
  sender.sendSync(shm);
  const came = receiver.recvSync();
  assert.notEqual(came, shm);
  assert.deepEqual([came.name, came.size, came.buf.toString('latin1', 0, 5)], [shm.name, shm.size, 'hello']);
  came.buf.write('howdy');
  assert.equal(shm.buf.toString('latin1', 0, 5), 'howdy');
  shm.close();
  sender.sendSync(shm);
  assert.equal(receiver.recvSync().buf.toString('latin1', 0, 5), 'howdy', 'a closed one has a name still');
  shm.unlink();
  receiver.close();
  sender.close();
});

test('_TestSharedMemory.test_shared_memory_pickle_unpickle_dead_object', () => {
  const [receiver, sender] = Pipe<SharedMemory>(false);
  const shm = SharedMemory.create({ size: 512 });
  sender.sendSync(shm);
  sender.sendSync(shm);
  shm.unlink();
  assert.throws(() => receiver.recvSync(), { name: 'SharedMemoryNotFoundError', message: /there is no shared memory/ });
  const another = SharedMemory.create({ name: shm.name, size: 512 });
  assert.throws(() => receiver.recvSync(), { name: 'SharedMemoryNotFoundError', message: /another block has that name now/ });
  assert.throws(() => shm.unlink(), { name: 'SharedMemoryNotFoundError', message: /another block has that name now/ });
  another.unlink();
  receiver.close();
  sender.close();
});

test('_TestSharedMemory.test_shared_memory_across_processes', async () => {
  const shm = SharedMemory.create({ size: 512 });
  assert.equal(await new Process({ target: attachAndWrite, args: [shm.name, 3, 11] }).start().join(), 0);
  assert.equal(await new Process({ target: writeByte, args: [shm, 4, 12] }).start().join(), 0);
  assert.deepEqual([shm.buf[3], shm.buf[4]], [11, 12]);
  assert.ok(exists(shm.name), 'children that end take nothing with them');
  shm.unlink();
});

test('_TestSharedMemory.test_shared_memory_ShareableList_basics', () => {
  const list = ShareableList.create(['howdy', Buffer.from('HoWdY'), -273.154, 100, null, true, 42]);
  assert.ok(String(list).includes(list.shm.name) && String(list).startsWith(`ShareableList([ 'howdy', <Buffer 48`), String(list));
  assert.throws(() => list.get(7), argumentError('RangeError', /there is no item 7 in a list of 7/));
  assert.throws(() => list.set(7, 2), argumentError('RangeError', /there is no item 7 in a list of 7/));
  assert.throws(() => list.get(-8), argumentError('RangeError', /no item -8/));
  list.set(0, 'howdy');
  assert.equal(list.format, '8s8sdqxxxxxx?xxxxxxxx?q');
  assert.equal(list.length, 7);
  assert.throws(() => list.index('100'), argumentError('RangeError', /'100' is not in this list/));
  assert.equal(list.index(100), 3);
  assert.deepEqual([list.get(0), list.get(-2)], ['howdy', true]);
  assert.deepEqual([...list], ['howdy', Buffer.from('HoWdY'), -273.154, 100, null, true, 42]);

  list.set(3, 42);
  assert.equal(list.get(3), 42);
  list.set(4, 'some');
  assert.equal(list.get(4), 'some');
  assert.equal(list.format, '8s8sdq8sxxxxxxx?q');
  assert.throws(() => list.set(4, 'far too many'), argumentError('RangeError', /12 bytes exceed the 8 bytes of item 4/));
  assert.equal(list.get(4), 'some');
  list.set(0, 'encodés');
  assert.equal(list.get(0), 'encodés');
  assert.deepEqual(list.get(1), Buffer.from('HoWdY'));
  assert.throws(() => list.set(0, 'encodées'), argumentError('RangeError', /9 bytes exceed the 8 bytes of item 0/));
  assert.throws(() => list.set(1, Buffer.from('123456789')), argumentError('RangeError', /9 bytes exceed/));
  assert.deepEqual([list.get(0), list.get(1)], ['encodés', Buffer.from('HoWdY')]);
  assert.deepEqual([list.count(42), list.count(Buffer.from('HoWdY')), list.count(Buffer.from('adios'))], [2, 1, 0]);

  const name = testName();
  const copy = ShareableList.create(list, { name });
  assert.equal(copy.shm.name, name);
  assert.deepEqual([copy.toArray(), copy.format], [list.toArray(), list.format]);
  copy.set(-1, 77);
  assert.deepEqual([copy.get(-1), list.get(-1)], [77, 42]);
  copy.shm.close();
  copy.shm.unlink();

  const tethered = ShareableList.attach(list.shm.name);
  tethered.set(-1, 880);
  assert.equal(list.get(-1), 880);
  tethered.shm.close();
  assert.throws(() => tethered.get(0), { name: 'SharedMemoryClosedError' });
  list.shm.close();
  list.shm.unlink();

  const empty = ShareableList.create();
  assert.deepEqual([empty.length, empty.format, empty.count('any'), empty.toArray(), empty.shm.size], [0, '', 0, [], 16]);
  assert.throws(() => empty.index(null), { name: 'RangeError' });
  empty.shm.unlink();
});

test('_TestSharedMemory.test_shared_memory_ShareableList_pickling', async () => {
  const queue = new Queue<ShareableList>();
  const list = ShareableList.create(Array.from({ length: 10 }, (_, i) => i));
  queue.putSync(list);
  const came = queue.getSync();
  assert.deepEqual([came.toArray(), came.shm.name, came.shm.size], [list.toArray(), list.shm.name, list.shm.size]);
  came.set(-1, 3);
  assert.equal(list.get(-1), 3);
  const { encode } = await import('#dist/serialization/codec.js');
  const long = ShareableList.create(['x'.repeat(10_000)]);
  assert.equal(encode(long).length, encode(list).length);
  const text = ShareableList.create(['0123456789']);
  assert.equal(await new Process({ target: setItem, args: [text, 0, 'by a child'] }).start().join(), 0);
  assert.equal(text.get(0), 'by a child');
  for (const { shm } of [list, long, text]) shm.unlink();
  queue.close();
});

test('_TestSharedMemory.test_shared_memory_ShareableList_pickling_dead_object', () => {
  const queue = new Queue<ShareableList>();
  const list = ShareableList.create([1, 2, 3]);
  queue.putSync(list);
  list.shm.unlink();
  assert.throws(() => queue.getSync(), { name: 'SharedMemoryNotFoundError' });
  queue.close();
});

test('_TestSharedMemory.test_shared_memory_untracking', { skip: noDevShm }, async () => {
  const shm = SharedMemory.create({ size: 512 });
  const outcome = await runProgram('programs/attach.js', import.meta, { args: [shm.name] });
  assert.deepEqual(outcome, { stdout: 'written\n', stderr: '', code: 0, signal: null });
  assert.ok(exists(shm.name));
  assert.equal(shm.buf[0], 77);
  shm.unlink();
});
