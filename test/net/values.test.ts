/** What values may go through a socket, and what the receiver takes. */
import assert from 'node:assert/strict';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { byValue, Event, Lock, Pipe, Queue, SharedArray, Value } from 'multiproc';
import { RawArray } from 'multiproc/sharedctypes';
import { encode } from '#dist/serialization/codec.js';
import { type Outcome, Program, programPath } from '../support/programs.js';
import { type Any, pair } from './support.js';
import { Point, upper } from './tasks.js';

const TASKS = new URL('./tasks.js', import.meta.url);

/** Runs the program in a folder where one package is missing beside multiproc. */
async function runWithout(missing: string): Promise<Outcome> {
  const folder = mkdtempSync(join(tmpdir(), 'without-'));
  const root = new URL('../../../', import.meta.url);
  const [from, to] = [new URL('node_modules/', root).pathname, join(folder, 'node_modules')];
  mkdirSync(join(to, 'multiproc'), { recursive: true });
  for (const part of ['dist', 'package.json']) cpSync(new URL(part, root), join(to, 'multiproc', part), { recursive: true });
  for (const name of readdirSync(from))
    if (name !== missing && name !== 'multiproc') symlinkSync(join(from, name), join(to, name));
  cpSync(programPath('programs/msgpack.js', import.meta), join(folder, 'msgpack.mjs'));
  try {
    return await new Program(process.execPath, [join(folder, 'msgpack.mjs')]).ended;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function close(...ends: Any[]): void {
  for (const end of ends) end.close();
}

test('what belongs to the session is refused, with its place', async () => {
  const [a, b] = await pair('AF_UNIX');
  for (const object of [new Lock(), new Queue(), new Event(), new Value('i'), new SharedArray('i', 3), Pipe()[0], a]) {
    await assert.rejects(
      a.send({ list: [object] }),
      (error: any) => error.name === 'SerializationError' && error.path === 'value.list[0]',
    );
  }
  const array = RawArray('i', [1, 2, 3]);
  await a.send(array);
  const copy = await b.recv();
  array[0] = 5;
  assert.deepEqual([...copy], [1, 2, 3]);
  await a.send('and goes on');
  assert.equal(await b.recv(), 'and goes on');
  close(a, b);
});

test('what names an object of this session is refused by the receiver', async () => {
  const [a, b] = await pair('AF_UNIX');
  // As somebody would who knows the format and guesses the rest.
  const lock = encode(new Lock(), { passengers: [] });
  await a.sendBytes(Buffer.concat([Buffer.from([0x93, 0x4d, 1, 0x4c]), lock]));
  await assert.rejects(b.recv(), { name: 'SerializationError', message: /one session/ });
  const memory = encode(RawArray('i', 3), { passengers: [] });
  await a.sendBytes(Buffer.concat([Buffer.from([0x93, 0x4d, 1, 0x4c]), memory]));
  assert.throws(() => b.recvSync(), { name: 'SerializationError', message: /one session/ });
  close(a, b);
});

test('functions and classes come from allowed modules only', async () => {
  const values = [upper, new Point(3), [Math.max], Object.assign(new Map(), {}), byValue((x: number) => x)];
  const outcomes = async (allowModules: any): Promise<string[]> => {
    const [a, b] = await pair('AF_UNIX', { allowModules });
    const seen: string[] = [];
    for (const value of values) {
      await a.send(value);
      const received: any = await b.recv().catch((error: Error) => error);
      seen.push(received instanceof Error ? received.name : received === upper ? 'upper' : received.constructor.name);
    }
    close(a, b);
    return seen;
  };
  const refused = 'FunctionReferenceError';
  assert.deepEqual(await outcomes(undefined), [refused, refused, refused, 'Map', refused]);
  assert.deepEqual(await outcomes([]), [refused, refused, refused, 'Map', refused]);
  assert.deepEqual(await outcomes([TASKS]), ['upper', 'Point', refused, 'Map', refused]);
  assert.deepEqual(await outcomes([new URL('./', import.meta.url).href]), ['upper', 'Point', refused, 'Map', refused]);
  assert.deepEqual(await outcomes([`${TASKS.href}.other`, new URL('./programs/', TASKS)]), [
    refused,
    refused,
    refused,
    'Map',
    refused,
  ]);
  assert.deepEqual(await outcomes((url: string) => url === 'node:globalThis'), [refused, refused, 'Array', 'Map', refused]);
});

test('an error of a class that is refused arrives with its name', async () => {
  const [a, b] = await pair('AF_UNIX');
  await a.send(new RangeError('too far', { cause: 5 }));
  const error = await b.recv();
  assert.ok(error instanceof RangeError);
  assert.deepEqual([error.message, error.cause], ['too far', 5]);
  close(a, b);
});

test('JSON', async () => {
  const [a, b] = await pair('AF_INET', { serializer: 'json' });
  await a.send({ list: [1, 'zwei', null, { '\u00e4': true }] });
  assert.equal(String(await b.recvBytes()), '{"list":[1,"zwei",null,{"\u00e4":true}]}');
  a.sendSync([1]);
  assert.deepEqual(b.recvSync(), [1]);
  await assert.rejects(a.send(undefined), { name: 'SerializationError', message: /'json'/ });
  await assert.rejects(a.send(1n), { name: 'SerializationError', message: /'json'.*BigInt/ });
  await a.sendBytes(Buffer.from('{'));
  await assert.rejects(b.recv(), { name: 'SerializationError', message: /'json'/ });
  await a.sendBytes(Buffer.from([0xff]));
  await assert.rejects(b.recv(), { name: 'SerializationError', message: /'json'/ });
  close(a, b);
});

test('a serializer of the program', async () => {
  const serializer = {
    encode: (value: unknown) => Buffer.from(`<${value}>`),
    decode: (bytes: Uint8Array) => String(bytes).slice(1, -1),
  };
  const [a, b] = await pair('AF_UNIX', { serializer });
  await a.send('text');
  assert.equal(await b.recv(), 'text');
  close(a, b);
});

test('MessagePack: what it knows arrives as it was', async () => {
  const [a, b] = await pair('AF_UNIX', { serializer: 'msgpack' });
  // There is one zero, and no __proto__.
  const json = fc
    .jsonValue({ maxDepth: 4 })
    .map((value) => JSON.stringify(value))
    .filter((text) => !text.includes('"__proto__"'))
    .map((text): unknown => JSON.parse(text));
  const double = fc.double({ noNaN: true }).map((n) => n + 0);
  const leaf = fc.oneof(json, double, fc.integer(), fc.maxSafeInteger(), fc.uint8Array(), fc.date({ noInvalidDate: true }));
  const known = fc.oneof(leaf, fc.array(leaf), fc.record({ '\u00e4': leaf, list: fc.array(leaf) }, { noNullPrototype: true }));
  await fc.assert(
    fc.asyncProperty(known, async (value) => {
      await a.send(value);
      assert.deepEqual(await b.recv(), value);
      a.sendSync(value);
      assert.deepEqual(b.recvSync(), value);
    }),
    { numRuns: 100 },
  );
  for (const value of [
    2 ** 53,
    -(2 ** 31),
    2 ** 32,
    NaN,
    Infinity,
    '',
    [],
    {},
    null,
    true,
    'x'.repeat(100_000),
    new Uint8Array(100_000).fill(7),
  ]) {
    await a.send(value);
    assert.deepEqual(await b.recv(), value);
  }
  close(a, b);
});

test('MessagePack: bytes that were received stay as they are', async () => {
  const [a, b] = await pair('AF_UNIX', { serializer: 'msgpack' });
  for (const n of [1, 2, 3]) a.sendSync(new Uint8Array(4).fill(n));
  const received = [b.recvSync(), await b.recv(), b.tryRecv()];
  a.sendSync('x'.repeat(60_000));
  b.recvSync();
  assert.deepEqual(received.map(String), ['1,1,1,1', '2,2,2,2', '3,3,3,3']);
  close(a, b);
});

test('MessagePack: its bytes are those of every language; what it does not know is an error, and the connection goes on', async () => {
  const [a, b] = await pair('AF_INET', { serializer: 'msgpack' });
  // As msgpack.packb({'sum': 6, 'parts': b'\x01'}) of Python gives them.
  await a.sendBytes(Buffer.from('82a373756d06a57061727473c40101', 'hex'));
  assert.deepEqual(await b.recv(), { sum: 6, parts: Uint8Array.of(1) });
  await a.send([1, -1, 1.5, 'ä']);
  assert.equal((await b.recvBytes()).toString('hex'), '9401ffcb3ff8000000000000a2c3a4');
  const loop: any[] = [];
  loop.push(loop);
  for (const value of [1n, () => 1, Symbol('s'), loop])
    await assert.rejects(a.send(value), {
      name: 'SerializationError',
      message: /serializer 'msgpack': this value cannot be sent: /,
    });
  for (const bytes of ['', 'c1', '9201', '0102', '81a95f5f70726f746f5f5f01', 'dfffffffff']) {
    await a.sendBytes(Buffer.from(bytes, 'hex'));
    await assert.rejects(b.recv(), {
      name: 'SerializationError',
      message: /serializer 'msgpack': a message of \d+ bytes .*recvBytes/,
    });
  }
  await a.send('and goes on');
  assert.equal(await b.recv(), 'and goes on');
  close(a, b);
});

test('MessagePack where its package is not installed is an error that says how', async () => {
  const { stdout, stderr } = await runWithout('@msgpack');
  assert.equal(stderr, '');
  const message = `serializer: 'msgpack' needs the package @msgpack/msgpack: npm install @msgpack/msgpack, or give an object with encode and decode`;
  assert.equal(stdout, `PlatformError ERR_MULTIPROC_PLATFORM ${message}\n`.repeat(2));
});

test('values of another version or byte order are refused by name', async () => {
  const [a, b] = await pair('AF_UNIX');
  await a.sendBytes(Buffer.from([0x93, 0x4d, 2, 0x4c, 0xa1, 0]));
  await assert.rejects(b.recv(), { name: 'SerializationError', message: /version/ });
  await a.sendBytes(Buffer.from([0x93, 0x4d, 1, 0x42, 0xa1, 0]));
  await assert.rejects(b.recv(), { name: 'SerializationError', message: /byte order/ });
  close(a, b);
});
