/** A connection over a socket: all forms at once, limits of time, order, the end, large messages, passing it on. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Pipe, Process, Queue } from 'multiproc';
import { Connection } from 'multiproc/connection';
import { sweepCollected } from '#dist/memory/collected.js';
import { within } from '../support/within.js';
import { type Any, FAMILIES, pair } from './support.js';
import { answer, receiveAll, receiveAndAnswer, repeatAll } from './tasks.js';

/** More than any system keeps: when a part of it is out, nothing more goes out before somebody reads. */
const FILL = Buffer.alloc(32 * 1024 * 1024);

for (const family of FAMILIES) {
  test(`every form of sending meets every form of receiving, ${family}`, async () => {
    const [a, b] = await pair(family);
    assert.ok(a instanceof Connection);
    assert.match(String(a), /^<Connection\(readable writable\)>$/);
    assert.equal(typeof a.fileno(), 'number');
    const values = [1, 'two', { three: [3, new Map([[4, 5n]]), new Date(6)] }, null, new Uint8Array([7, 8]), 'x'.repeat(100_000)];
    const sends = [
      (value: unknown) => a.send(value),
      (value: unknown) => a.sendSync(value),
      (value: unknown) => assert.ok(a.trySend(value)),
    ];
    const receives = [
      () => b.recv(),
      () => b.recvSync({ timeout: 20_000 }),
      () => (b.pollSync({ timeout: 20_000 }), b.tryRecv()),
    ];
    for (const send of sends) {
      for (const receive of receives) {
        for (const value of values) {
          const sent = send(value);
          assert.deepEqual(await receive(), value);
          await sent;
        }
      }
    }
    assert.equal(b.tryRecv(), undefined);
    assert.equal(b.tryPoll(), false);
    for (const end of [a, b]) end.close();
  });

  test(`time runs out, and nothing is lost, ${family}`, async () => {
    const [a, b] = await pair(family);
    for (const timeout of [0, 20]) {
      await assert.rejects(b.recv({ timeout }), { name: 'TimeoutError' });
      assert.throws(() => b.recvSync({ timeout }), { name: 'TimeoutError' });
      assert.equal(await b.poll({ timeout }), false);
    }
    const reason = new Error('enough');
    const stop = new AbortController();
    const aborted = b.recv({ signal: stop.signal });
    stop.abort(reason);
    await assert.rejects(aborted, reason);
    await a.send('after all');
    assert.equal(await b.recv(), 'after all');
    // Nothing more goes out: what was refused does not come later, and what was begun is whole.
    assert.equal(a.trySendBytes(FILL), true);
    assert.equal(a.trySend('late'), false);
    for (const timeout of [0, 20]) {
      await assert.rejects(a.send('late', { timeout }), { name: 'TimeoutError' });
      assert.throws(() => a.sendSync('late', { timeout }), { name: 'TimeoutError' });
    }
    const waits = new AbortController();
    const withdrawn = a.send('late', { signal: waits.signal });
    const last = a.send('last');
    waits.abort(reason);
    await assert.rejects(withdrawn, reason);
    assert.equal((await within(b.recvBytes(), 'the large one')).length, FILL.length);
    assert.equal(await within(b.recv(), 'the last one'), 'last');
    await last;
    for (const end of [a, b]) end.close();
  });

  test(`what stands in line is what was given, whatever the program writes there afterwards, ${family}`, async () => {
    const [a, b] = await pair(family);
    // Of 40 KiB: a part of it may be out when the next is given, and it is not copied together with its header.
    for (const size of [10, 3000, 40 * 1024]) {
      const bytes = Buffer.alloc(size);
      const sent: Promise<void>[] = [];
      for (let i = 0; i < 400; i++) {
        sent.push(a.sendBytes(bytes.fill(i)));
        if (i % 2 === 0) sent.push(a.send(`${i} of ${size}`));
      }
      for (let i = 0; i < 400; i++) {
        const came = await within(b.recvBytes(), `message ${i} of ${size} bytes`);
        assert.ok(came.equals(Buffer.alloc(size, i)), `message ${i} of ${size} bytes`);
        if (i % 2 === 0) assert.equal(await within(b.recv(), `value ${i}`), `${i} of ${size}`);
      }
      await Promise.all(sent);
    }
    const large = Buffer.from(FILL);
    assert.equal(a.trySendBytes(large), true);
    large.fill(1);
    assert.ok((await within(b.recvBytes(), 'the large one')).equals(FILL));
    for (const end of [a, b]) end.close();
  });
}

test('a blocking send behind an async one that the event loop has just written, and not told of', async () => {
  for (const family of FAMILIES) {
    const [a, b] = await pair(family);
    const child = new Process({ target: receiveAll, args: [b] }).start();
    b.close();
    const message = Buffer.alloc(20_000, 1);
    let count = 0;
    for (let i = 0; i < 3000; i++) {
      const sent = [a.sendBytes(message), a.sendBytes(message)];
      a.sendBytesSync(message);
      count += 3;
      if (i % 10 === 0) await Promise.all(sent);
      else for (const one of sent) one.catch(() => {});
    }
    a.sendBytesSync(Buffer.alloc(0));
    assert.equal(await within(a.recv(), 'the count', 60_000), count);
    await child.join();
    a.close();
  }
});

test('a blocking send goes out after what awaits, whole and in order', async () => {
  const [a, b] = await pair('AF_UNIX');
  const child = new Process({ target: repeatAll, args: [b, 6] }).start();
  b.close();
  // More than the system keeps: the event loop has to write it, which this thread does not let run.
  const texts = Array.from({ length: 6 }, (_, i) => String.fromCharCode(97 + i).repeat(200_000));
  const sent = texts.slice(0, 4).map((text) => a.send(text));
  a.sendSync(texts[4]);
  await a.send(texts[5]);
  assert.ok((await within(a.recv(), 'all of them')) === texts.join(''));
  await Promise.all(sent);
  a.close();
  assert.equal(await within(child.join(), 'the child'), 0);
});

test('two that send each other more than the system keeps, one of them blocking', async () => {
  const [a, b] = await pair('AF_INET');
  const child = new Process({ target: answer, args: [b] }).start();
  b.close();
  const text = 'long'.repeat(500_000);
  a.sendSync(text);
  assert.equal(a.recvSync({ timeout: 20_000 }), text.toUpperCase());
  a.close();
  assert.equal(await child.join(), 0);
});

test('async receivers are served in the order of their calls', async () => {
  const [a, b] = await pair('AF_UNIX');
  const received = [1, 2, 3].map(() => b.recv());
  for (const n of [1, 2, 3]) a.sendSync(n);
  assert.deepEqual(await Promise.all(received), [1, 2, 3]);
  for (const end of [a, b]) end.close();
});

test('bytes of any window, into any place; limits', async () => {
  const [a, b] = await pair('AF_UNIX');
  await a.sendBytes(Buffer.from('abcdef'), { offset: 2, size: 3 });
  const target = Buffer.alloc(10, '.');
  assert.equal(await b.recvBytesInto(target, { offset: 4 }), 3);
  assert.equal(String(target), '....cde...');
  await a.sendBytes(Buffer.alloc(11, 'x'));
  await assert.rejects(b.recvBytesInto(target), (error: any) => error.name === 'BufferTooShort' && error.data.length === 11);
  await a.sendBytes(Buffer.from('raw'));
  await assert.rejects(b.recv(), { name: 'TypeError', message: /kept/ });
  assert.equal(String(await b.recvBytes({ maxLength: 3 })), 'raw');
  await a.sendBytes(Buffer.alloc(4));
  await assert.rejects(b.recvBytes({ maxLength: 3 }), { name: 'ConnectionClosedError' });
  assert.equal(b.readable, false);
  await assert.rejects(b.recv(), { name: 'ConnectionClosedError' });
  await b.send('the other direction');
  assert.equal(await a.recv(), 'the other direction');
  for (const end of [a, b]) end.close();
});

test('the end: what was sent before comes, then EOFError; sending is a BrokenPipeError', async () => {
  for (const family of FAMILIES) {
    const [a, b] = await pair(family);
    await a.send('last words');
    a.close();
    assert.equal(await b.poll({ timeout: 20_000 }), true);
    const heard: unknown[] = [];
    for await (const value of b) heard.push(value);
    assert.deepEqual(heard, ['last words']);
    assert.throws(() => b.recvSync(), { name: 'EOFError' });
    await assert.rejects(
      async () => {
        // The first may still be taken by the system.
        for (;;) await b.send('in vain');
      },
      { name: 'BrokenPipeError', code: 'ERR_MULTIPROC_BROKEN_PIPE' },
    );
    assert.throws(() => b.sendSync('in vain'), { name: 'BrokenPipeError' });
    b.close();
    for (const use of [() => b.recv(), () => b.send(1), () => b.poll(), async () => b.fileno()])
      await assert.rejects(use, { name: 'ConnectionClosedError' });
  }
});

test('closing: pending calls reject, and what was begun goes out', async () => {
  const [a, b] = await pair('AF_UNIX');
  const pending = [a.recv(), a.poll({ timeout: 60_000 })];
  const large = Buffer.alloc(16_000_000, 'x');
  assert.equal(a.trySendBytes(large), true);
  const behind = a.send('behind it');
  a.close();
  for (const call of [...pending, behind]) await assert.rejects(call, { name: 'ConnectionClosedError' });
  assert.ok((await within(b.recvBytes(), 'the message that was begun')).equals(large));
  await assert.rejects(b.recv(), { name: 'EOFError' });
  b.close();
});

test('a connection that nobody refers to closes', async () => {
  let [a, b]: (Any | undefined)[] = await pair('AF_UNIX');
  const end = assert.rejects(a!.recv(), { name: 'EOFError' });
  b = undefined;
  await new Promise((resolve) => setImmediate(resolve));
  sweepCollected();
  await within(end, 'the end of the stream');
  a!.close();
  a = b;
});

test('a connection goes to another process with what had been read of it', async () => {
  for (const family of FAMILIES) {
    const [a, b] = await pair(family);
    for (const text of ['one', 'two', 'three']) a.sendSync(text);
    assert.equal(await b.recv(), 'one');
    const queue = new Queue<Any>();
    const [here, there] = Pipe<any>();
    const child = new Process({ target: receiveAndAnswer, args: [there] }).start();
    await here.send(b);
    await assert.rejects(b.recv(), { name: 'ConnectionClosedError', message: /sent to another process/ });
    b.close();
    a.sendSync('four');
    for (const text of ['TWO', 'THREE', 'FOUR']) assert.equal(await within(a.recv(), 'an answer'), text);
    a.close();
    assert.equal(await within(child.join(), 'the child'), 0);
    await assert.rejects(queue.put(a), { name: 'SerializationError', message: /closed connection/ });
    for (const end of [here, there]) end.close();
  }
});

test('what waits on a connection refuses that it is sent', async () => {
  const [a, b] = await pair('AF_UNIX');
  const stop = new AbortController();
  const pending = b.recv({ signal: stop.signal });
  const [here, there] = Pipe<any>();
  await assert.rejects(here.send(b), { name: 'SerializationError', message: /waits for a message/ });
  stop.abort();
  await assert.rejects(pending);
  await assert.rejects(a.send(b), { name: 'SerializationError', message: /of this session/ });
  for (const end of [a, b, here, there]) end.close();
});
