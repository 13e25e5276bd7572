/** What a connection does at its edges: kinds of bytes, loops, ends on their way, a sender that dies. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import type { Connection } from '#dist/channels/connection.js';
import { Pipe } from '#dist/channels/pipe.js';
import { Queue } from '#dist/channels/queue.js';
import { fsck } from '#dist/memory/fsck.js';
import { session } from '#dist/memory/session.js';
import { RawArray } from '#dist/sharedctypes/raw.js';
import { startChild } from '../support/children.js';

test('bytes of every kind of buffer and view, and into every kind', async () => {
  const [a, b] = Pipe<never>();
  const shared = new SharedArrayBuffer(8);
  new Uint8Array(shared).set([1, 2, 3, 4, 5, 6, 7, 8]);
  const plain = new Uint8Array(shared).slice().buffer;
  const memory = RawArray('B', [1, 2, 3, 4, 5, 6, 7, 8]);
  const kinds = [
    shared,
    plain,
    memory,
    Buffer.from(plain),
    new DataView(plain),
    new Float64Array(plain),
    new BigInt64Array(shared),
  ];
  for (const view of kinds) {
    a.sendBytesSync(view);
    assert.deepEqual([...(await b.recvBytes())], [1, 2, 3, 4, 5, 6, 7, 8]);
    await a.sendBytes(view, { offset: 2, size: 3 });
    const target = new ArrayBuffer(8);
    assert.equal(b.recvBytesIntoSync(target, { offset: 5 }), 3);
    assert.deepEqual([...new Uint8Array(target)], [0, 0, 0, 0, 0, 3, 4, 5]);
  }
  for (const target of kinds) {
    a.sendBytesSync(Buffer.from([9, 9]));
    assert.equal(await b.recvBytesInto(target, { offset: 6 }), 2);
  }
  assert.deepEqual([memory[7], new Uint8Array(shared)[7], new Uint8Array(plain)[7]], [9, 9, 9]);
  // A view that begins inside its buffer.
  const part = new Uint16Array(plain, 2, 2);
  part.set([0x0101, 0x0202]);
  a.sendBytesSync(part, { offset: 1, size: 2 });
  assert.deepEqual([...b.recvBytesSync()], [1, 2]);
  for (const size of [0, undefined]) {
    a.sendBytesSync(new ArrayBuffer(0), { size });
    assert.equal(b.recvBytesIntoSync(new ArrayBuffer(0)), 0);
  }
  a.sendBytesSync(Buffer.from('x'));
  assert.throws(() => b.recvBytesIntoSync(new ArrayBuffer(0)), { name: 'BufferTooShort' });
  a.close();
  b.close();
});

test('leaving a loop closes nothing, and its iterator is over', async () => {
  const [a, b] = Pipe<number>();
  for (const i of [1, 2, 3]) a.sendSync(i);
  for await (const value of b) if (value === 2) break;
  assert.deepEqual([b.closed, b.recvSync()], [false, 3]);
  const iterator = b[Symbol.asyncIterator]();
  a.sendSync(4);
  assert.deepEqual(await iterator.next(), { done: false, value: 4 });
  assert.deepEqual(await iterator.return!(), { done: true, value: undefined });
  a.sendSync(5);
  assert.deepEqual(await iterator.next(), { done: true, value: undefined });
  assert.equal(b.recvSync(), 5);
  a.close();
  const last = b[Symbol.asyncIterator]();
  assert.deepEqual([(await last.next()).done, (await last.next()).done], [true, true]);
  b.close();
  await assert.rejects(b[Symbol.asyncIterator]().next(), { name: 'ConnectionClosedError' });
});

test('a connection sent through a queue and through others arrives, and its sender has closed it at once', async () => {
  const queue = new Queue<Connection<any, any>>();
  const child = startChild('children/pass-on.js', import.meta, queue);
  const here: Connection<string>[] = [];
  for (let i = 0; i < 20; i++) {
    const [mine, other] = Pipe<string>();
    here.push(mine);
    // Every other one goes through two more connections first, with messages before and behind it.
    if (i % 2 === 0) queue.putSync(other);
    else {
      const [a, b] = Pipe<any>();
      const [c, d] = Pipe<any>();
      a.sendSync('before');
      a.sendSync(d);
      a.sendSync('behind');
      d.close();
      c.sendSync(other);
      other.close();
      assert.equal(b.recvSync(), 'before');
      const carried = b.recvSync();
      assert.equal(b.recvSync(), 'behind');
      const arrived = carried.recvSync();
      queue.putSync(arrived);
      for (const end of [a, b, c, carried, arrived]) end.close();
    }
    other.close();
  }
  for (const mine of here) {
    assert.equal(await mine.recv(), 'came');
    await assert.rejects(mine.recv(), { name: 'EOFError' });
    mine.close();
  }
  queue.close();
  assert.equal(await child.exit, 0);
  assert.deepEqual(fsck(session()), []);
});

for (const form of ['async', 'sync'] as const) {
  test(`a sender killed in the middle of a large message: whole messages, then the end (${form})`, async () => {
    const size = 8 * 2 ** 20;
    for (let round = 0; round < 2; round++) {
      const [r, w] = Pipe<never>(false);
      const child = startChild('children/send-large.js', import.meta, w, size);
      w.close();
      for (let i = 0; i <= round; i++) await child.told();
      // It is filling the block, or waits for room, or is between two messages.
      await turn();
      child.process.kill('SIGKILL');
      const receive = async (): Promise<void> => {
        for (let i = 0; ; i++) {
          const bytes = form === 'async' ? await r.recvBytes() : r.recvBytesSync();
          assert.equal(bytes.length, size);
          assert.ok(bytes.equals(Buffer.alloc(size, i % 256)), `message ${i} is torn`);
        }
      };
      await assert.rejects(receive, { name: 'EOFError' });
      assert.equal(await child.exit, 'SIGKILL');
      r.close();
    }
    assert.deepEqual(fsck(session()), []);
  });
}
