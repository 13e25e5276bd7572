import assert from 'node:assert/strict';
import { type Connection, Connection as ConnectionClass } from 'multiproc';
import { within } from '../support/within.js';
import { echo, pollAndReceive, sendBytesAndEnd, sendSlowly, tryBothWays } from './connection_workers.js';
import type { SyncContext } from './context.js';
import { formsOf } from './forms.js';
import { poll, recv, recvBytes, recvBytesInto, send, sendBytes } from './forms_of_connections.js';
import { check, lasting, range } from './suite.js';

export function connectionSuite(context: SyncContext): void {
  check(context, '_TestConnection.test_connection', async (run) => {
    for (const form of formsOf(context)) {
      const [here, there] = context.Pipe<any>();
      run.start(echo, form, there);
      there.close();
      const ask = async (kind: 'value' | 'bytes', what: any): Promise<void> => {
        await send(form, here, kind);
        await (kind === 'value' ? send(form, here, what) : sendBytes(form, here, what));
      };
      const seq = [1, 2.25, null];
      await ask('value', seq);
      assert.deepEqual(await recv(form, here), seq);
      const text = Buffer.from('hello world');
      await ask('bytes', text);
      assert.deepEqual(await recvBytes(form, here), text);

      // Into a buffer of ten 32-bit numbers.
      const numbers = new Int32Array(10);
      const data = Buffer.from(new Int32Array(range(4)).buffer);
      await ask('bytes', data);
      assert.equal(await recvBytesInto(form, here, numbers), 16);
      assert.deepEqual([...numbers], [0, 1, 2, 3, 0, 0, 0, 0, 0, 0]);
      await ask('bytes', data);
      assert.equal(await recvBytesInto(form, here, numbers.fill(0), 12), 16);
      assert.deepEqual([...numbers], [0, 0, 0, 0, 1, 2, 3, 0, 0, 0]);
      const long = Buffer.alloc(41, ' ');
      await ask('bytes', long);
      const tooShort = (error: any): boolean => error.name === 'BufferTooShort' && error.data.equals(long);
      await assert.rejects(async () => recvBytesInto(form, here, numbers), tooShort);

      assert.equal(await poll(form, here), false);
      assert.equal(await poll(form, here, -1), false);
      assert.equal(await lasting(50, () => poll(form, here, 50)), false);
      await ask('value', null);
      assert.equal(await poll(form, here, Infinity), true);
      assert.equal(await recv(form, here), null);

      const large = Buffer.alloc(16 * 1024 * 1024, 'X');
      await ask('bytes', large);
      assert.ok((await recvBytes(form, here)).equals(large));

      await send(form, here, 'end');
      assert.deepEqual([here.readable, here.writable], [true, true]);
      await run.ended();
      await assert.rejects(async () => recv(form, here), { name: 'EOFError' });
      await assert.rejects(async () => recvBytes(form, here), { name: 'EOFError' });
      here.close();
    }
  });

  check(context, '_TestConnection.test_duplex_false', async () => {
    const [reader, writer] = context.Pipe<number>(false);
    await writer.send(1);
    assert.equal(await reader.recv(), 1);
    assert.deepEqual([reader.readable, reader.writable, writer.readable, writer.writable], [true, false, false, true]);
    await assert.rejects(reader.send(2 as never), { name: 'ConnectionClosedError' });
    await assert.rejects(writer.recv(), { name: 'ConnectionClosedError' });
    await assert.rejects(writer.poll(), { name: 'ConnectionClosedError' });
  });

  check(context, '_TestConnection.test_spawn_close', async (run) => {
    for (const form of formsOf(context)) {
      const [here, there] = context.Pipe<any>();
      run.start(echo, form, there);
      there.close();
      await send(form, here, 'bytes');
      await sendBytes(form, here, Buffer.from('hello'));
      assert.equal(String(await recvBytes(form, here)), 'hello');
      await send(form, here, 'end');
      await run.ended();
      here.close();
    }
  });

  check(context, '_TestConnection.test_sendbytes', async () => {
    for (const form of formsOf(context)) {
      const [a, b] = context.Pipe<any>();
      const message = Buffer.from('abcdefghijklmnopqrstuvwxyz');
      const sent = async (window?: { offset?: number; size?: number }): Promise<string> => {
        await sendBytes(form, a, message, window);
        return String(await recvBytes(form, b));
      };
      assert.equal(await sent(), String(message));
      assert.equal(await sent({ offset: 5 }), String(message.subarray(5)));
      assert.equal(await sent({ offset: 7, size: 8 }), String(message.subarray(7, 15)));
      assert.equal(await sent({ offset: 26 }), '');
      assert.equal(await sent({ offset: 26, size: 0 }), '');
      assert.equal(await sent({ size: 0 }), '');
      const wrong = [{ offset: 27 }, { offset: 22, size: 5 }, { offset: 26, size: 1 }, { offset: -1 }, { offset: 4, size: -1 }];
      for (const window of wrong) await assert.rejects(async () => sendBytes(form, a, message, window), RangeError);
      assert.equal(b.tryPoll(), false);
      a.close();
      b.close();
    }
  });

  check(context, '_TestConnection.test_context', () => {
    let [a, b]: Connection<any>[] = [];
    {
      const ends = context.Pipe<any>();
      using first = ends[0];
      using second = ends[1];
      [a, b] = ends;
      first.sendSync(1234);
      assert.equal(second.recvSync(), 1234);
    }
    assert.deepEqual([a.closed, b.closed], [true, true]);
    for (const end of [a, b]) assert.throws(() => end.recvSync(), { name: 'ConnectionClosedError' });
  });

  check(context, '_TestPicklingConnections.test_access', async (run) => {
    const ends = { reading: 0, writing: 1 };
    for (const [name, index] of Object.entries(ends)) {
      const pipe = context.Pipe<any>(false);
      const [results, told] = context.Pipe<any>(false);
      const [carrier, load] = context.Pipe<any>();
      run.start(receiveAndTry, carrier, told);
      // On its way when this process gives it up.
      load.sendSync(pipe[index]);
      pipe[index].close();
      if (name === 'reading') pipe[1].sendSync('from the parent' as never);
      const outcomes = await within(results.recv(), 'what works in the child');
      if (name === 'reading') assert.deepEqual(outcomes, ['ConnectionClosedError', 'from the parent']);
      else {
        assert.deepEqual(outcomes, ['undefined', 'ConnectionClosedError']);
        assert.equal(pipe[0].recvSync(), 'from the child');
      }
      await run.ended();
      for (const end of [pipe[1 - index], results, told, carrier, load]) end.close();
    }
  });

  check(context, 'TestInvalidHandle.test_invalid_handles', () => {
    const make = ConnectionClass as unknown as new (...handles: unknown[]) => unknown;
    for (const handles of [[44], [-1], [undefined, 3], [], [{}]])
      assert.throws(() => new make(...handles), { name: 'TypeError', code: 'ERR_MULTIPROC_ARGUMENT', message: /Pipe\(\)/ });
  });
}

export async function receiveAndTry(carrier: Connection<any>, told: Connection<never, any>): Promise<void> {
  await tryBothWays(await carrier.recv(), told);
}

export function pollSuite(context: SyncContext): void {
  check(context, '_TestPoll.test_empty_string', async () => {
    for (const form of formsOf(context)) {
      const [a, b] = context.Pipe();
      assert.equal(await poll(form, a), false);
      await sendBytes(form, b, Buffer.alloc(0));
      assert.equal(await poll(form, a), true);
      assert.equal(await poll(form, a), true);
      assert.equal((await recvBytes(form, a)).length, 0);
      assert.equal(await poll(form, a), false);
      for (const end of [a, b]) end.close();
    }
  });

  check(context, '_TestPoll.test_strings', async (run) => {
    const strings = ['hello', '', 'a', 'b', '', 'bye', '', 'lop'];
    for (const form of formsOf(context)) {
      const [a, b] = context.Pipe<any>(false);
      run.start(sendSlowly, form, b, strings);
      b.close();
      for (const text of strings) {
        while (!(await poll(form, a, 5)));
        assert.equal(String(await recvBytes(form, a)), text);
      }
      await run.ended();
      assert.equal(await poll(form, a), true);
      await assert.rejects(async () => recv(form, a), { name: 'EOFError' });
      a.close();
    }
  });

  check(context, '_TestPoll.test_boundaries', async (run) => {
    // Two who poll the same end, and take what they find: each message goes to one of them, whole.
    const [reader, writer] = context.Pipe<any>(false);
    const [results, told] = context.Pipe<readonly [number, readonly string[]]>(false);
    for (const form of ['async', 'sync'] as const) run.start(pollAndReceive, form, reader, told);
    reader.close();
    const count = 400;
    for (const i of range(count)) {
      const bytes = Buffer.alloc(4 + ((i * 7919) % 60_000));
      bytes.fill(bytes.length % 251).writeUInt32LE(bytes.length);
      await writer.sendBytes(bytes);
    }
    writer.close();
    const outcomes = [await results.recv(), await results.recv()];
    assert.deepEqual(
      outcomes.flatMap(([, problems]) => problems),
      [],
    );
    assert.equal(outcomes[0][0] + outcomes[1][0], count);
    await run.ended();
    for (const end of [results, told]) end.close();
  });

  check(context, '_TestPoll.test_dont_merge', async (run) => {
    for (const form of formsOf(context)) {
      const [a, b] = context.Pipe<any>();
      assert.equal(await poll(form, a, 0), false);
      assert.equal(await lasting(20, () => poll(form, a, 20)), false);
      run.start(sendBytesAndEnd, form, b, 'abcd');
      b.close();
      assert.equal(await poll(form, a, Infinity), true);
      assert.equal(await poll(form, a, Infinity), true);
      assert.equal(String(await recvBytes(form, a)), 'abcd');
      await run.ended();
      a.close();
    }
  });
}
