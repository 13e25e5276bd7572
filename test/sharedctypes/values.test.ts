import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspect } from 'node:util';
import { Lock, Value } from 'multiproc';
import { array, char, copy, RawArray, RawValue, raw, struct, synchronized } from 'multiproc/sharedctypes';
import { RLock } from '#dist/sync/rlock.js';

const Point = struct({ x: 'd', y: 'd', tag: char(16), pos: struct({ a: 'q', ok: '?' }), arr: array('i', 4) });
const ARGUMENT = 'ERR_MULTIPROC_ARGUMENT';

test('atomic operations return the former value, wrap around, and refuse what is no operand', () => {
  const v = new Value('i', 3);
  assert.deepEqual([v.add(4), v.sub(2), v.or(8), v.and(12), v.xor(1), v.exchange(7), v.value], [3, 7, 5, 13, 12, 13, 7]);
  assert.equal(v.compareExchange(6, 1), 7);
  assert.equal(v.compareExchange(7, 2 ** 31 - 1), 7);
  v.add(1);
  assert.equal(v.value, -(2 ** 31));
  const b = new Value('B');
  b.add(-1);
  assert.equal(b.value, 255);
  b.sub(255);
  assert.equal(b.value, 0);
  const q = new Value('q', 1n);
  assert.equal(q.add(-3n), 1n);
  assert.equal(q.exchange(2n ** 63n - 1n), -2n);
  assert.equal(q.add(1n), 2n ** 63n - 1n);
  assert.equal(q.value, -(2n ** 63n));
  assert.equal(new Value('Q').sub(1n), 0n);
  assert.throws(() => b.add(256), { name: 'RangeError', code: ARGUMENT });
  assert.throws(() => b.add(0.5), { name: 'RangeError', code: ARGUMENT });
  assert.throws(() => b.or(-1), { name: 'RangeError', code: ARGUMENT });
  assert.throws(() => b.compareExchange(0, 256), { name: 'RangeError', code: ARGUMENT });
  assert.throws(() => q.add(1 as never), { name: 'TypeError', code: ARGUMENT });
  assert.throws(() => (new Value('d') as any).add(1), {
    name: 'TypeError',
    code: ARGUMENT,
    message: /add\(\).*c_double.*runExclusive/,
  });
  for (const code of ['b', 'B', 'h', 'H', 'i', 'I'] as const) {
    const small = new Value(code, 5);
    assert.deepEqual([small.add(2), small.compareExchange(7, 1), small.value], [5, 7, 1]);
  }
});

test('a structure has its fields as properties, and parts show the same memory', () => {
  const pt = new Value(Point, { x: 1, pos: { ok: true } });
  pt.x += 1;
  pt.tag = 'hi';
  pt.pos.a = 3n;
  pt.arr[0] = 2;
  assert.deepEqual(JSON.stringify(pt.arr), '{"0":2,"1":0,"2":0,"3":0}');
  assert.deepEqual([pt.x, pt.y, pt.tag, pt.pos.a, pt.pos.ok, pt.arr[0]], [2, 0, 'hi', 3n, true, 2]);
  assert.equal(pt.pos, pt.pos);
  assert.ok(pt.arr instanceof Int32Array);
  assert.equal(pt.value, pt.getObj());
  pt.value.y = 5;
  assert.equal(pt.y, 5);
  pt.arr = [9, 8];
  assert.deepEqual([...pt.arr], [9, 8, 0, 0]);
  pt.arr = pt.value.arr;
  pt.value = { x: 7, y: 0, tag: 'new', pos: { a: 1n, ok: false }, arr: [1, 2, 3, 4] };
  assert.deepEqual([pt.x, pt.y, pt.tag, pt.pos.a, [...pt.arr]], [7, 0, 'new', 1n, [1, 2, 3, 4]]);
  const other = RawValue(Point, { x: 4, tag: 'other' });
  pt.value = other;
  assert.deepEqual([pt.x, pt.tag, pt.pos.a], [4, 'other', 0n]);
  assert.ok(pt instanceof Value);
});

test('a value that is refused leaves everything as it was, and the error says where', () => {
  const pt = new Value(Point, { x: 1, arr: [1, 2, 3, 4] });
  const before = Buffer.from(raw(pt));
  const refused: [() => unknown, string, RegExp][] = [
    [() => (pt.value = { x: 2, pos: { a: 'x' } } as never), 'TypeError', /^pos\.a: c_longlong/],
    [() => (pt.arr = [5, 6, 2 ** 31]), 'RangeError', /^arr\[2\]: 2147483648 is out of range/],
    [() => (pt.arr = [1, 2, 3, 4, 5]), 'RangeError', /^arr: .*holds 4 elements, and 5/],
    [() => (pt.pos = { a: 1n, z: 3 } as never), 'TypeError', /^pos: the struct has no field 'z', only a, ok/],
    [() => (pt.value = [1, 2] as never), 'TypeError', /fields x, y, tag, pos, arr/],
    [() => (pt.value = new Value('i') as never), 'TypeError', /fields x, y/],
    [() => (pt.value = RawValue(struct({ x: 'd' })) as never), 'TypeError', /fields x, y/],
    [() => (pt.x = '1' as never), 'TypeError', /^x: c_double/],
    [() => (pt.tag = 'x'.repeat(17)), 'RangeError', /^tag: .*16 bytes.*17/],
  ];
  for (const [attempt, name, message] of refused) assert.throws(attempt, { name, code: ARGUMENT, message });
  assert.deepEqual(Buffer.from(raw(pt)), before);
});

test('text fields have a value and raw bytes', () => {
  const pt = new Value(Point, { tag: 'hi' });
  const bytes = raw(pt, 'tag');
  assert.equal(bytes.length, 16);
  assert.equal(bytes.toString('latin1'), 'hi'.padEnd(16, '\0'));
  bytes.set([0x6f, 0, 0xff]);
  assert.equal(pt.tag, 'o');
  assert.equal(bytes[2], 0xff);
  assert.equal(raw(pt).length, Point.size);
  assert.equal(raw(RawValue('q')).length, 8);
  assert.equal(raw(pt.value, 'pos').length, Point.fields.pos.size);
  assert.throws(() => raw(pt, 'nope'), { name: 'TypeError', code: ARGUMENT, message: /nope/ });
  assert.throws(() => raw({}), { name: 'TypeError', code: ARGUMENT });
});

test('definitions that make no structure are refused', () => {
  const refused: [any, string, RegExp][] = [
    [{}, 'RangeError', /at least one field/],
    [null, 'TypeError', /object of field names/],
    [['d'], 'TypeError', /object of field names/],
    [{ value: 'd' }, 'TypeError', /'value'.*another name/],
    [{ runExclusive: 'd' }, 'TypeError', /'runExclusive'/],
    [{ constructor: 'd' }, 'TypeError', /'constructor'/],
    [{ 0: 'd' }, 'TypeError', /order of fields/],
    [{ x: array('d', 2), y: 'nope' }, 'TypeError', /^y: unknown type 'nope'/],
  ];
  for (const [fields, name, message] of refused) assert.throws(() => struct(fields), { name, code: ARGUMENT, message });
  // Whatever a Value has, atomic operations aside, must not be hidden by a field.
  const atomic = ['add', 'sub', 'and', 'or', 'xor', 'exchange', 'compareExchange'];
  for (let p = Value.prototype as object; p !== Object.prototype; p = Object.getPrototypeOf(p))
    for (const name of Object.getOwnPropertyNames(p).filter((name) => !atomic.includes(name)))
      assert.throws(() => struct({ [name]: 'd' }), { message: new RegExp(name) });
  for (const n of [-1, 0.5, '3', undefined]) {
    for (const make of [() => char(n as never), () => array('i', n as never)])
      assert.throws(make, { name: typeof n === 'number' ? 'RangeError' : 'TypeError', code: ARGUMENT });
  }
});

test('the same fields are the same type', () => {
  assert.equal(struct({ x: 'd' }), struct({ x: Float64Array }));
  assert.notEqual(struct({ x: 'd' }), struct({ y: 'd' }));
  assert.notEqual(struct({ x: 'd', y: 'i' }) as unknown, struct({ y: 'i', x: 'd' }));
});

test('lock: a new RLock, the one given, or none', async () => {
  const v = new Value('i');
  assert.ok(v.getLock() instanceof RLock);
  assert.equal(await v.runExclusive(async () => v.acquireSync() && (v.release(), ++v.value)), 1);
  const held = await v.hold();
  assert.equal(v.locked(), true);
  held.release();
  assert.equal(v.locked(), false);
  assert.equal(v.tryHold()?.abandoned, false);
  v.release();
  assert.equal(await v.acquire({ timeout: 0 }), true);
  v.release();
  const lock = new Lock();
  const other = new Value('i', 0, { lock });
  assert.equal(other.getLock(), lock);
  using _ = other.holdSync();
  assert.equal(lock.tryAcquire(), false);
  assert.equal(other.tryAcquire(), false);
  const none = new Value('i', 5, { lock: false });
  none.value++;
  assert.equal(none.value, 6);
  for (const use of [() => none.getLock(), () => none.holdSync(), () => none.release()])
    assert.throws(use, { name: 'TypeError', code: ARGUMENT, message: /lock: false/ });
  for (const lock of [5, null, {}, 'yes'])
    assert.throws(() => new Value('i', 0, { lock: lock as never }), { name: 'TypeError', code: ARGUMENT });
  assert.throws(() => new Value('i', 0, new Lock() as never).getLock().release(), { name: 'NotHeldError' });
});

test('copies are independent, with locks of their own', () => {
  const pt = new Value(Point, { x: 1, tag: 'one' });
  const twin = copy(pt);
  twin.x = 2;
  twin.tag = 'two';
  assert.deepEqual([pt.x, pt.tag, twin.x, twin.tag], [1, 'one', 2, 'two']);
  assert.notEqual(twin.getLock(), pt.getLock());
  const cell = RawValue('h', 5);
  const cells = copy(cell);
  cells.value++;
  assert.deepEqual([cell.value, cells.value], [5, 6]);
  assert.throws(() => copy(new Value('i', 1, { lock: false })).getLock(), TypeError);
  assert.equal(copy(pt.pos).a, 0n);
  assert.throws(() => copy({}), { name: 'TypeError', code: ARGUMENT });
});

test('synchronized gives a lock to what has none', () => {
  const cell = RawValue('i', 5);
  const v = synchronized(cell);
  v.add(1);
  assert.equal(cell.value, 6);
  assert.ok(v instanceof Value && v.getLock() instanceof RLock);
  const lock = new Lock();
  const pt = RawValue(Point);
  const locked = synchronized(pt, lock);
  locked.x = 3;
  assert.deepEqual([pt.x, locked.getLock()], [3, lock]);
  const second = synchronized(RawArray(Point, 2)[1], lock);
  second.x = 1;
  assert.equal(second.x, 1);
  for (const bad of [v, {}, 5, null, new DataView(new ArrayBuffer(8)), new Int32Array(3)])
    assert.throws(() => synchronized(bad as never), { name: 'TypeError', code: ARGUMENT });
});

test('values of texts and arrays', () => {
  const text = new Value(char(8), 'abc');
  assert.equal(text.value, 'abc');
  assert.equal(text.getObj().raw.length, 8);
  const row = new Value(array('h', 3), [1, 2, 3]);
  assert.deepEqual(row.value, Int16Array.of(1, 2, 3));
  row.value = [4];
  assert.deepEqual(row.getObj(), Int16Array.of(4, 0, 0));
});

test('text forms', () => {
  assert.equal(String(new Value('i', 3)), '<Synchronized wrapper for c_int(3)>');
  assert.equal(inspect(new Value('?', true)), '<Synchronized wrapper for c_bool(true)>');
  assert.equal(String(RawValue('q', 3n)), 'c_longlong(3n)');
  assert.equal(inspect(new Value(struct({ x: 'd' }), { x: 1 })), '<Synchronized wrapper for struct { x: 1 }>');
  assert.equal(
    JSON.stringify({ v: new Value('i', 3), p: RawValue(struct({ x: 'd', l: array('b', 2) })) }),
    '{"v":3,"p":{"x":0,"l":[0,0]}}',
  );
  assert.equal(Value.name, 'Value');
});
