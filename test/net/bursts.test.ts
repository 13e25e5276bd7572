/** Small messages in quick succession over TCP are held back for a moment, and never for longer. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { Pipe, Process, Queue } from 'multiproc';
import { type Connection, Listener } from 'multiproc/connection';
import { loadLibc } from '#dist/platform/posix.js';
import { within } from '../support/within.js';
import { type Any, pair } from './support.js';
import { sendAndDie, sendAndExit } from './tasks.js';

const COUNT = 60;
const MESSAGE = Buffer.alloc(50, 1);
const IPPROTO_TCP = 6;
const TCP_NODELAY = 1;
const skip = process.platform !== 'linux' && 'this system does not push what it held back';

const { koffi, libc } = loadLibc();
const getsockopt = libc.func('int getsockopt(int, int, int, void *, void *)');

/** Whether the kernel holds back small messages of this connection now. */
function holds(conn: Any): boolean {
  const value = new Int32Array(1);
  const size = Int32Array.of(4);
  assert.equal(getsockopt(conn.fileno(), IPPROTO_TCP, TCP_NODELAY, value, size), 0, `errno ${koffi.errno()}`);
  return value[0] === 0;
}

/** Sends bursts until one is held back: a busy machine may stop this thread in the middle. */
function holdSomething(a: Any, b: Any): void {
  for (let tries = 1; tries < 1000; tries++) {
    for (let i = 0; i < COUNT; i++) a.sendBytesSync(MESSAGE);
    if (holds(a)) return;
    for (let i = 0; i < COUNT; i++) assert.deepEqual(b.recvBytesSync({ timeout: 20_000 }), MESSAGE);
  }
  throw new Error('nothing was ever held back');
}

const ENDS: readonly (readonly [string, (a: Any) => unknown])[] = [
  ['the event loop goes on', () => turn()],
  ['the thread sleeps', () => Pipe()[0].pollSync({ timeout: 60 })],
  [
    'a message comes some time after the others',
    (a) => {
      for (const start = performance.now(); performance.now() - start < 1; );
      a.sendBytesSync(MESSAGE);
    },
  ],
  ['a message is not small', (a) => a.sendBytesSync(Buffer.alloc(5000))],
];

for (const [what, end] of ENDS) {
  test(`what is held back goes out when ${what}`, { skip }, async () => {
    const [a, b] = await pair('AF_INET');
    for (let round = 0; round < 10; round++) {
      holdSomething(a, b);
      await end(a);
      assert.equal(holds(a), false);
      for (let i = 0; i < COUNT; i++) assert.deepEqual(await within(b.recvBytes(), `message ${i}`), MESSAGE);
      a.sendBytesSync(Buffer.of(round));
      for (let last = b.recvBytesSync(); last.length !== 1; ) last = b.recvBytesSync({ timeout: 20_000 });
    }
    for (const conn of [a, b]) conn.close();
  });
}

test('a few messages, and a large one, are held back at no time', { skip }, async () => {
  const [a, b] = await pair('AF_INET');
  for (let round = 0; round < 20; round++) {
    for (let i = 0; i < 5; i++) {
      a.sendBytesSync(MESSAGE);
      assert.equal(holds(a), false);
    }
    a.sendBytesSync(Buffer.alloc(5000));
    assert.equal(holds(a), false);
    for (let i = 0; i < 6; i++) await within(b.recvBytes(), `message ${i}`);
  }
  for (const conn of [a, b]) conn.close();
});

test('closed in a burst: what was sent arrives, and then the end', async () => {
  const [a, b] = await pair('AF_INET');
  for (let i = 0; i < COUNT; i++) a.sendSync(i);
  a.close();
  for (let i = 0; i < COUNT; i++) assert.equal(await within(b.recv(), `message ${i}`), i);
  await assert.rejects(within(b.recv(), 'the end'), { name: 'EOFError' });
  b.close();
});

test('what is held back goes out when the connection is closed: closing may drop it where something was not read', {
  skip,
}, async () => {
  const [a, b] = await pair('AF_INET');
  const queue = new Queue<Any>();
  await queue.put(a);
  // The same socket, which shows what the kernel does with it when `a` is closed.
  const other = await queue.get();
  holdSomething(a, b);
  assert.equal(holds(other), true);
  a.close();
  assert.equal(holds(other), false);
  for (const conn of [b, other]) conn.close();
});

test('exit in a burst: what was sent arrives', async () => {
  using listener = new Listener<any>({ family: 'AF_INET' });
  await listener.listen();
  const child = new Process({ target: sendAndExit, args: [listener.address as [string, number], COUNT] }).start();
  using conn: Any = await within(listener.accept(), 'a connection');
  for (let i = 0; i < COUNT; i++) assert.equal(await within(conn.recv(), `message ${i}`), i);
  await child.join();
});

test('what is held back goes out when the connection is sent to another process, which shares it', { skip }, async () => {
  const [a, b] = await pair('AF_INET');
  const queue = new Queue<Any>();
  holdSomething(a, b);
  await queue.put(a);
  assert.equal(holds(a), false);
  const other = await queue.get();
  for (const conn of [a, b, other]) conn.close();
});

test('killed in a burst: what was sent arrives, and then the end', async () => {
  using listener = new Listener<number>({ family: 'AF_INET' });
  await listener.listen();
  const child = new Process({ target: sendAndDie, args: [listener.address as [string, number], COUNT] }).start();
  using conn: Connection<number> = await within(listener.accept(), 'a connection');
  for (let i = 0; i < COUNT; i++) assert.equal(await within(conn.recv(), `message ${i}`), i);
  await assert.rejects(within(conn.recv(), 'the end'), { name: 'EOFError' });
  await child.join();
  assert.equal(child.signalCode, 'SIGKILL');
});
