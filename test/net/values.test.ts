/** What values may go through a socket, and what the receiver takes. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { byValue, Event, Lock, Pipe, Queue, SharedArray, Value } from 'multiproc';
import { RawArray } from 'multiproc/sharedctypes';
import { encode } from '#dist/serialization/codec.js';
import { type Any, pair } from './support.js';
import { Point, upper } from './tasks.js';

const TASKS = new URL('./tasks.js', import.meta.url);

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

test('a serializer of the program, and one that is not installed', async () => {
  const serializer = {
    encode: (value: unknown) => Buffer.from(`<${value}>`),
    decode: (bytes: Uint8Array) => String(bytes).slice(1, -1),
  };
  const [a, b] = await pair('AF_UNIX', { serializer });
  await a.send('text');
  assert.equal(await b.recv(), 'text');
  close(a, b);
  const missing = await pair('AF_UNIX', { serializer: 'msgpack' }).then(
    (ends) => ends,
    (error) => error,
  );
  if (Array.isArray(missing)) {
    await missing[0].send({ a: [1, new Uint8Array([2])] });
    assert.deepEqual(await missing[1].recv(), { a: [1, new Uint8Array([2])] });
    close(...missing);
  } else assert.match(`${missing}`, /PlatformError: .*npm install @msgpack\/msgpack/);
});

test('values of another version or byte order are refused by name', async () => {
  const [a, b] = await pair('AF_UNIX');
  await a.sendBytes(Buffer.from([0x93, 0x4d, 2, 0x4c, 0xa1, 0]));
  await assert.rejects(b.recv(), { name: 'SerializationError', message: /version/ });
  await a.sendBytes(Buffer.from([0x93, 0x4d, 1, 0x42, 0xa1, 0]));
  await assert.rejects(b.recv(), { name: 'SerializationError', message: /byte order/ });
  close(a, b);
});
