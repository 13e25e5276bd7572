import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { inspect } from 'node:util';
import type { Connection } from '#dist/channels/connection.js';
import { Pipe } from '#dist/channels/pipe.js';
import { fsck } from '#dist/memory/fsck.js';
import { session } from '#dist/memory/session.js';
import { Lock } from '#dist/sync/lock.js';
import { startChild } from '../support/children.js';

test('values go both ways in all forms', async () => {
  const [a, b] = Pipe<string, number>();
  a.sendSync(1);
  await a.send(2);
  assert.equal(a.trySend(3), true);
  assert.deepEqual([b.recvSync(), await b.recv(), b.tryRecv(), b.tryRecv()], [1, 2, 3, undefined]);
  const late = a.recv();
  await b.send('x');
  assert.equal(await late, 'x');
  assert.deepEqual([a.readable, a.writable, a.closed], [true, true, false]);
});

test('a one-way pipe has an end that receives and an end that sends', async () => {
  const [r, w] = Pipe<number>(false);
  assert.deepEqual([r.readable, r.writable, w.readable, w.writable], [true, false, false, true]);
  w.sendSync(1);
  assert.equal(await r.recv(), 1);
  assert.throws(() => r.sendSync(1 as never), { name: 'ConnectionClosedError', message: /only receives/ });
  assert.throws(() => w.recvSync(), { name: 'ConnectionClosedError', message: /only sends/ });
  await assert.rejects(w.recv(), { code: 'ERR_MULTIPROC_CONNECTION_CLOSED' });
  await assert.rejects(w.poll(), { name: 'ConnectionClosedError' });
});

test('poll tells whether a message is there, an empty one too, and takes nothing', async () => {
  const [a, b] = Pipe();
  assert.equal(b.pollSync(), false);
  assert.equal(await b.poll(), false);
  assert.equal(await b.poll({ timeout: 5 }), false);
  const late = b.poll({ timeout: Infinity });
  a.sendBytesSync(Buffer.alloc(0));
  assert.equal(await late, true);
  assert.equal(b.tryPoll(), true);
  assert.equal(b.recvBytesSync().length, 0);
  assert.equal(b.tryPoll(), false);
  a.close();
  assert.equal(await b.poll(), true);
  await assert.rejects(b.recv(), { name: 'EOFError' });
});

test('bytes: windows, buffers to read into, limits', async () => {
  const [a, b] = Pipe();
  const data = Buffer.from('latin');
  a.sendBytesSync(data);
  await a.sendBytes(data, { offset: 2 });
  assert.equal(a.trySendBytes(data, { offset: 1, size: 2 }), true);
  a.sendBytesSync(new Uint16Array([1, 2]));
  a.sendBytesSync(new Uint8Array([7]).buffer);
  assert.deepEqual(
    [b.recvBytesSync().toString(), (await b.recvBytes()).toString(), b.tryRecvBytes()?.toString()],
    ['latin', 'tin', 'at'],
  );
  const target = new Uint16Array(3);
  assert.equal(b.recvBytesIntoSync(target, { offset: 2 }), 4);
  assert.deepEqual([...target], [0, 1, 2]);
  assert.equal(b.tryRecvBytesInto(target), 1);
  assert.equal(b.tryRecvBytesInto(target), undefined);
  a.sendBytesSync(data);
  await assert.rejects(
    b.recvBytesInto(Buffer.alloc(4)),
    (error: any) => error.name === 'BufferTooShort' && error.data.equals(data),
  );
  for (const options of [{ offset: 6 }, { offset: -1 }, { size: 6 }, { offset: 3, size: 3 }, { offset: 0.5 }])
    assert.throws(() => a.sendBytesSync(data, options), RangeError);
  assert.throws(() => a.sendBytesSync('text' as never), TypeError);
  assert.throws(() => b.recvBytesSync({ maxLength: -1 }), RangeError);
  assert.throws(() => b.recvBytesIntoSync(Buffer.alloc(1), { offset: 2 }), RangeError);
  a.sendBytesSync(data);
  a.sendBytesSync(data);
  assert.equal(b.recvBytesSync({ maxLength: 5 }).toString(), 'latin');
  assert.throws(() => b.recvBytesSync({ maxLength: 4 }), { name: 'ConnectionClosedError', message: /5 bytes .* maxLength 4/ });
  assert.equal(b.readable, false);
  assert.equal(b.writable, true);
  await assert.rejects(b.recv(), { name: 'ConnectionClosedError' });
});

test('bytes are no value: recv refuses them and leaves them for recvBytes', async () => {
  const [a, b] = Pipe<any>();
  a.sendBytesSync(Buffer.from('one'));
  a.sendSync('two');
  await assert.rejects(b.recv(), { name: 'TypeError', code: 'ERR_MULTIPROC_ARGUMENT' });
  assert.throws(() => b.recvSync(), TypeError);
  assert.throws(() => b.tryRecv(), TypeError);
  assert.equal(b.tryPoll(), true);
  assert.equal(String(await b.recvBytes()), 'one');
  assert.equal(b.recvSync(), 'two');
});

test('messages of any size arrive whole and in order', async () => {
  const [a, b] = Pipe<any>();
  const sizes = [0, 1, 7, 511, 512, 513, 1023, 1024, 16_000, 16_384, 16_385, 65_536, 1_000_000, 16 * 2 ** 20];
  const sent = (async () => {
    for (const size of sizes) {
      await a.sendBytes(Buffer.alloc(size, size % 251));
      await a.send('y'.repeat(size));
    }
  })();
  for (const size of sizes) {
    assert.ok((await b.recvBytes()).equals(Buffer.alloc(size, size % 251)), `bytes of ${size}`);
    assert.equal(await b.recv(), 'y'.repeat(size));
  }
  await sent;
  assert.deepEqual(fsck(session()), []);
});

test('sends that wait keep their order, among themselves and with sync ones', async () => {
  const [a, b] = Pipe<number | string>();
  const fill = 'z'.repeat(16_000);
  let filled = 0;
  while (a.trySend(fill)) filled++;
  const late = [a.send(fill), a.send(1), a.send(2)];
  assert.equal(a.trySend(3), false);
  assert.throws(() => a.sendSync(3, { timeout: 5 }), { name: 'TimeoutError' });
  await assert.rejects(a.send(3, { timeout: 5 }), { name: 'TimeoutError' });
  const controller = new AbortController();
  const aborted = a.send(3, { signal: controller.signal });
  controller.abort('enough');
  await assert.rejects(aborted, (reason) => reason === 'enough');
  for (let i = 0; i < filled; i++) assert.equal(b.recvSync(), fill);
  a.sendSync(4);
  assert.deepEqual([b.recvSync(), b.recvSync(), b.recvSync(), b.recvSync(), b.tryRecv()], [fill, 1, 2, 4, undefined]);
  await Promise.all(late);
});

test('what stands in line is what was given, whatever the program writes there afterwards', async () => {
  const [a, b] = Pipe();
  for (const size of [10, 3000, 40 * 1024]) {
    const bytes = Buffer.alloc(size);
    const sent = Array.from({ length: 3000 }, (_, i) => a.sendBytes(bytes.fill(i)));
    for (let i = 0; i < sent.length; i++)
      assert.ok((await b.recvBytes()).equals(Buffer.alloc(size, i)), `message ${i} of ${size} bytes`);
    await Promise.all(sent);
  }
  for (const end of [a, b]) end.close();
});

test('a message that is kept for another form stays what it was, whatever comes to other pipes meanwhile', () => {
  const [a, b] = Pipe();
  const [c, d] = Pipe();
  for (const size of [10, 1000, 2000, 10_000]) {
    a.sendBytesSync(Buffer.alloc(size, 7));
    assert.throws(() => b.recvSync(), { name: 'TypeError', message: /bytes/ });
    c.sendSync('x'.repeat(2 * size));
    assert.equal(d.recvSync(), 'x'.repeat(2 * size));
    assert.ok(b.recvBytesSync().equals(Buffer.alloc(size, 7)), `${size} bytes`);
  }
  for (const end of [a, b, c, d]) end.close();
});

test('time-outs and aborts take nothing', async () => {
  const [a, b] = Pipe<number>();
  await assert.rejects(b.recv({ timeout: 5 }), { name: 'TimeoutError' });
  await assert.rejects(b.recv({ timeout: 0 }), { name: 'TimeoutError' });
  assert.throws(() => b.recvSync({ timeout: 5 }), { name: 'TimeoutError' });
  assert.throws(() => b.recvSync({ timeout: -1 }), { name: 'TimeoutError' });
  await assert.rejects(b.recv({ timeout: NaN }), RangeError);
  const controller = new AbortController();
  const aborted = b.recv({ signal: controller.signal });
  const after = b.recv();
  controller.abort(new Error('stop'));
  a.sendSync(1);
  await assert.rejects(aborted, { message: 'stop' });
  assert.equal(await after, 1);
  a.sendSync(2);
  await assert.rejects(b.recv({ signal: AbortSignal.abort('x') }), (reason) => reason === 'x');
  assert.equal(b.recvSync(), 2);
});

test('closing ends the stream after what was sent; sending to nobody breaks', async () => {
  const [a, b] = Pipe<number>();
  a.sendSync(1);
  a.sendSync(2);
  const seen: number[] = [];
  const reading = (async () => {
    for await (const value of b) seen.push(value);
  })();
  await turn();
  a.close();
  a.close();
  await reading;
  assert.deepEqual(seen, [1, 2]);
  assert.throws(() => b.recvSync(), { name: 'EOFError', code: 'ERR_MULTIPROC_EOF' });
  assert.throws(() => b.tryRecv(), { name: 'EOFError' });
  assert.throws(() => b.sendSync(1), { name: 'BrokenPipeError', code: 'ERR_MULTIPROC_BROKEN_PIPE' });
  assert.throws(() => a.sendSync(1), { name: 'ConnectionClosedError' });
  assert.throws(() => a.recvSync(), { name: 'ConnectionClosedError' });
  assert.equal(inspect(a), '<Connection(closed)>');
  b.close();
  assert.deepEqual(fsck(session()), []);
});

test('a pending receive ends when its own end or the other is closed', async () => {
  const live = (): string[] => [...session().objects.live()].map(({ index, generation }) => `${index}.${generation}`);
  const before = live();
  const [a, b] = Pipe<number>();
  const one = b.recv();
  a.close();
  await assert.rejects(one, { name: 'EOFError' });
  const [c, d] = Pipe<number>();
  const two = d.recv();
  d.close();
  await assert.rejects(two, { name: 'ConnectionClosedError' });
  c.close();
  b.close();
  await turn();
  // What other tests left may be collected meanwhile.
  assert.deepEqual(
    live().filter((object) => !before.includes(object)),
    [],
  );
  assert.deepEqual(fsck(session()), []);
});

test('closing both ends gives the memory back at once', () => {
  const count = (): number => [...session().objects.live()].length;
  const before = count();
  for (let i = 0; i < 1000; i++) for (const end of Pipe()) end.close();
  assert.equal(count(), before);
  assert.deepEqual(fsck(session()), []);
});

test('ends travel through pipes, and an end inside a message is open', async () => {
  const [a, b] = Pipe<any>();
  const [r, w] = Pipe<number>(false);
  a.sendSync({ r, w, lock: new Lock() });
  r.close();
  w.close();
  const { r: r2, w: w2, lock } = b.recvSync();
  assert.equal(lock.tryAcquire(), true);
  w2.sendSync(5);
  w2.close();
  assert.equal(await r2.recv(), 5);
  await assert.rejects(r2.recv(), { name: 'EOFError' });
  assert.throws(() => a.sendSync(w2), { name: 'SerializationError', message: /closed connection/ });
  a.sendSync(r2);
  r2.close();
  a.close();
  b.close();
  assert.deepEqual(fsck(session()), []);
});

for (const form of ['sync', 'async', 'bytes'] as const) {
  test(`a child echoes by ${form} forms, until its peer closes`, async () => {
    const [here, there] = Pipe<any>();
    const child = startChild('children/echo.js', import.meta, there, form);
    there.close();
    assert.equal(await child.told(), 'ready');
    for (const value of form === 'bytes' ? [Buffer.alloc(0), Buffer.alloc(3_000_000, 1)] : ['', 'a', 'b'.repeat(3_000_000)]) {
      if (form === 'bytes') {
        here.sendBytesSync(value as Buffer);
        assert.deepEqual(await here.recvBytes(), value);
      } else {
        await here.send(value);
        assert.equal(here.recvSync(), value);
      }
    }
    here.close();
    assert.equal(await child.told(), 'EOFError');
    assert.equal(await child.exit, 0);
    assert.deepEqual(fsck(session()), []);
  });
}

test('killing the other side is the end of the stream, and breaks the pipe', async () => {
  for (const form of ['sync', 'async', 'try'] as const) {
    const [here, there] = Pipe<any>();
    const child = startChild('children/keep-open.js', import.meta, there);
    there.close();
    await child.told();
    const pending = form === 'async' ? here.recv() : undefined;
    child.process.kill('SIGKILL');
    if (form === 'async') await assert.rejects(pending!, { name: 'EOFError' });
    else if (form === 'sync') assert.throws(() => here.recvSync(), { name: 'EOFError' });
    else
      assert.throws(
        () => {
          for (;;) here.tryRecv();
        },
        { name: 'EOFError' },
      );
    assert.throws(() => here.sendSync(1), { name: 'BrokenPipeError' });
    assert.equal(await child.exit, 'SIGKILL');
    here.close();
  }
  assert.deepEqual(fsck(session()), []);
});

test('several senders on one end interleave whole messages, each in its own order', async () => {
  const [r, w] = Pipe<[number, number, string]>(false);
  const count = 2000;
  const children = [0, 1, 2].map((who) => startChild('children/send-numbered.js', import.meta, w, who, count));
  const next = [0, 0, 0];
  (w as Connection<never, any>).close();
  for await (const [who, i, text] of r) {
    assert.equal(i, next[who]++);
    assert.equal(text.length, (i * 7919) % 3000);
  }
  assert.deepEqual(next, [count, count, count]);
  for (const child of children) assert.equal(await child.exit, 0);
  r.close();
  assert.deepEqual(fsck(session()), []);
});

test('what cannot be sent fails in send and leaves the pipe as it was', async () => {
  const [a, b] = Pipe<any>();
  await assert.rejects(a.send(Symbol('x')), { name: 'SerializationError' });
  assert.throws(() => a.sendSync({ deep: [Promise.resolve()] }), { name: 'SerializationError', path: /deep/ });
  assert.throws(() => a.fileno(), { name: 'PlatformError' });
  a.sendSync(undefined);
  assert.equal(b.recvSync(), undefined);
});
