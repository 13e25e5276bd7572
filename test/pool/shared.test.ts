/** Objects that all tasks have in common. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Lock, Pool, SerializationError } from 'multiproc';
import { RawArray } from 'multiproc/sharedctypes';
import { closeSoundly, drain } from './support.js';
import { identity, square } from './tasks.js';
import { killSelf } from './tasks_faults.js';
import { addUnder, indicesOf, isSame, lookUp, lookUpIn, nameOf } from './tasks_sync.js';

const table = new Map([
  ['one', 1],
  ['two', 2],
]);

test('they are encoded once, however many workers and tasks there are, and each worker has the very same object each time', async () => {
  let encodings = 0;
  const common = {
    get rows() {
      encodings++;
      return ['a', 'b'];
    },
  };
  const pool = new Pool({ processes: 2, shared: [common] });
  assert.deepEqual(await pool.map(isSame, Array(50).fill(common), { chunksize: 1 }), Array(50).fill(true));
  assert.equal(await pool.apply(isSame, [common]), true);
  await pool.apply(killSelf).catch(() => {});
  assert.deepEqual(await pool.map(isSame, Array(50).fill(common), { chunksize: 3 }), Array(50).fill(true));
  assert.equal(encodings, 1);
  await closeSoundly(pool);
});

test('as an argument, an item, an element of an item, and deep inside', async () => {
  const pool = new Pool({ processes: 2, shared: [table, [1, 2]] });
  assert.equal(await pool.apply(lookUp, [table, 'two']), 2);
  assert.deepEqual(await pool.map(identity, [table, 3, table]), [table, 3, table]);
  assert.deepEqual(await pool.starmap(lookUp, [[table, 'one'] as const, [table, 'none'] as const]), [1, undefined]);
  assert.deepEqual(await drain(pool.imap(lookUpIn, [{ table, key: 'one' }])), [1]);
  assert.deepEqual(pool.mapSync(lookUpIn, [{ table, key: 'two' }]), [2]);
  const other = { other: 1 };
  assert.deepEqual(await pool.apply(nameOf, [square, { name: 'x' }, other, other]), ['square', 'x', true]);
  await closeSoundly(pool);
});

test('as they were when the pool was made, also in a worker that comes later; a result is the copy of the worker', async () => {
  const counts = { n: 1 };
  await using pool = new Pool({ processes: 1, shared: [counts] });
  counts.n = 2;
  assert.deepEqual(await pool.apply(identity, [counts]), { n: 1 });
  await pool.apply(killSelf).catch(() => {});
  const result = await pool.apply(identity, [counts]);
  assert.deepEqual(result, { n: 1 });
  assert.notEqual(result, counts);
});

test('many of them, among many other objects', async () => {
  const many = Array.from({ length: 100 }, (_, i) => ({ i }));
  await using pool = new Pool({ processes: 1, shared: many });
  const others = Array.from({ length: 100 }, (_, i) => [i]);
  const mixed = many.flatMap((object, i) => [object, others[i]]);
  const some = [many[99], others[0], many[0], others[99], many[40], {}];
  assert.deepEqual(await pool.apply(indicesOf, [mixed, some]), [198, 1, 0, 199, 80, -1]);
  assert.deepEqual(await pool.apply(identity, [many]), many);
});

test('locks and shared arrays among them are the real ones, in a later worker too', async () => {
  const lock = new Lock();
  const sum = RawArray('i', 1);
  const pool = new Pool({ processes: 2, shared: [lock, { sum }, sum] });
  const items = Array.from({ length: 20 }, (_, x) => [lock, sum, x] as const);
  await pool.starmap(addUnder, items, { chunksize: 1 });
  await pool.apply(killSelf).catch(() => {});
  await pool.starmap(addUnder, items, { chunksize: 1 });
  assert.equal(sum[0], 380);
  await closeSoundly(pool);
});

test('what cannot be shared is refused when the pool is made', () => {
  assert.throws(() => new Pool({ shared: table } as never), /TypeError.*shared must be an array/);
  assert.throws(() => new Pool({ shared: [{}, 'text'] } as never), /TypeError.*shared\[1\] must be an object, not string/);
  assert.throws(() => new Pool({ shared: [null] } as never), TypeError);
  assert.throws(() => new Pool({ shared: [square] } as never), TypeError);
  assert.throws(
    () => new Pool({ shared: [{ a: [Symbol('s')] }] }),
    (error) => error instanceof SerializationError && error.path === 'shared[0].a[0]',
  );
});
