/** Real Python at the other end. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ShareableList, SharedMemory } from 'multiproc/shared-memory';
import { exists, noPython, python, testName } from './support.js';

const skip = noPython;

test('Python attaches to ours: its size, what we wrote, what it writes', { skip }, () => {
  const shm = SharedMemory.create({ size: 1001 });
  shm.buf.write('from Node');
  const seen = python(
    `shm = untracked(SharedMemory(sys.argv[1])); print(shm.size, bytes(shm.buf[:9]).decode(), shm.name); shm.buf[1000] = 200; shm.close()`,
    shm.name,
  );
  assert.equal(seen, `${shm.size} from Node ${shm.name}`);
  assert.equal(shm.buf[1000], 200);
  shm.unlink();
});

test('we attach to one of Python', { skip }, () => {
  const name = python(`shm = untracked(SharedMemory(create=True, size=5000)); shm.buf[4999] = 9; print(shm.name); shm.close()`);
  const shm = SharedMemory.attach(name);
  assert.equal(shm.buf[4999], 9);
  assert.equal(Number(python(`shm = untracked(SharedMemory(sys.argv[1])); print(shm.size)`, name)), shm.size);
  shm.buf[0] = 1;
  assert.equal(python(`shm = untracked(SharedMemory(sys.argv[1])); print(shm.buf[0])`, name), '1');
  shm.unlink();
  assert.equal(exists(name), false);
});

test('either may unlink', { skip }, () => {
  const ours = SharedMemory.create({ size: 10 });
  python(`SharedMemory(sys.argv[1]).unlink()`, ours.name);
  assert.throws(() => SharedMemory.attach(ours.name), { name: 'SharedMemoryNotFoundError' });
  assert.throws(() => ours.unlink(), { name: 'SharedMemoryNotFoundError' });
  ours.buf[0] = 1;
  const name = testName();
  python(`untracked(SharedMemory(sys.argv[1], create=True, size=10))`, name);
  assert.throws(() => SharedMemory.create({ name, size: 10 }), { name: 'SharedMemoryExistsError' });
  SharedMemory.attach(name).unlink();
  assert.match(
    python(
      `
try: SharedMemory(sys.argv[1])
except FileNotFoundError as error: print(type(error).__name__)`,
      name,
    ),
    /FileNotFoundError/,
  );
});

test('Python reads a list of ours, and changes it', { skip }, () => {
  const values = [
    'howdy',
    Buffer.from([1, 0, 2]),
    -273.154,
    100,
    null,
    true,
    false,
    2n ** 62n,
    -5,
    -0,
    'é€😀',
    '',
    Infinity,
    2 ** 53,
    1e300,
  ];
  const list = ShareableList.create(values);
  const seen = python(`list = untracked_list(name=sys.argv[1]); print(list.format); print([*list])`, list.shm.name);
  assert.equal(
    seen,
    `${list.format}\n['howdy', b'\\x01\\x00\\x02', -273.154, 100, None, True, False, 4611686018427387904, -5, -0.0, 'é€😀', '', inf, 9007199254740992.0, 1e+300]`,
  );
  python(
    `list = untracked_list(name=sys.argv[1])
list[0] = b'bytes'; list[1] = 'text'; list[2] = 7; list[3] = 2.0; list[4] = True; list[5] = None; list[7] = -2**63; list[8] = 2**53 - 1; list[12] = 'é'`,
    list.shm.name,
  );
  assert.deepEqual(list.toArray(), [
    Buffer.from('bytes'),
    'text',
    7,
    2,
    true,
    null,
    false,
    -(2n ** 63n),
    2 ** 53 - 1,
    -0,
    'é€😀',
    '',
    'é',
    2 ** 53,
    1e300,
  ]);
  assert.ok(list.format.startsWith('8s8sqdxxxxxxx?xxxxxx?x'));
  list.shm.unlink();
});

test('we read and change a list of Python', { skip }, () => {
  const values = `['text', b'bytes', 1.0, 2, None, True, 'x' * 20, 2**60, 'ab\\0', 'é']`;
  const name = python(`print(untracked_list(${values}).shm.name)`);
  const list = ShareableList.attach(name);
  // NULs at the end are lost in Python too.
  assert.deepEqual(list.toArray(), ['text', Buffer.from('bytes'), 1, 2, null, true, 'x'.repeat(20), 2n ** 60n, 'ab', 'é']);
  list.set(0, Buffer.from('now raw'));
  list.set(1, 'now text');
  list.set(2, 3);
  list.set(3, 0.5);
  list.set(4, 'some');
  list.set(5, null);
  list.set(6, 12);
  list.set(6, 'y'.repeat(24));
  list.set(7, 2n ** 61n);
  const seen = python(`list = untracked_list(name=sys.argv[1]); print(list.format); print([*list])`, name);
  assert.equal(
    seen,
    `${list.format}\n[b'now raw', 'now text', 3.0, 0.5, 'some', None, '${'y'.repeat(24)}', 2305843009213693952, 'ab', 'é']`,
  );
  list.shm.unlink();
});

test('the memory of the same list has the same bytes', { skip }, () => {
  const [ours, theirs] = [
    ShareableList.create(['howdy', Buffer.from('12345678'), 1.5, -7, null, true, '']),
    ShareableList.attach(python(`print(untracked_list(['howdy', b'12345678', 1.5, -7, None, True, '']).shm.name)`)),
  ];
  assert.deepEqual(ours.shm.buf, theirs.shm.buf);
  ours.shm.unlink();
  theirs.shm.unlink();
});

test('a text that Python cut in the middle of a character is an error that says so', { skip }, () => {
  const list = ShareableList.attach(python(`print(untracked_list(['€' * 7, 'next']).shm.name)`));
  assert.throws(() => list.get(0), { name: 'SharedMemoryError', message: /item 0 .* is not UTF-8/ });
  assert.equal(list.get(1), 'next');
  list.shm.unlink();
});
