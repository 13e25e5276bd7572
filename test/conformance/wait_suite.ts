import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import type { Connection } from 'multiproc';
import { within } from '../support/within.js';
import { endWhenTold, sendNumbers, writeNumbers } from './connection_workers.js';
import type { SyncContext, Worker } from './context.js';
import { type Form, formsOf } from './forms.js';
import { waitFor } from './forms_of_connections.js';
import { check, lasting, type Run, range } from './suite.js';

const WORKERS = 2;

/** Several workers send on a pipe each; what comes is taken as `wait` finds it. */
async function collect(context: SyncContext, run: Run, form: Form, count: number, delay: number): Promise<void> {
  const readers: Connection<readonly [number, number], never>[] = [];
  for (const who of range(WORKERS)) {
    const [reader, writer] = context.Pipe<readonly [number, number]>(false);
    run.start(sendNumbers, writer, who, count, delay);
    writer.close();
    readers.push(reader);
  }
  const next = range(WORKERS).fill(0);
  for (const left = new Set(readers); left.size > 0; ) {
    for (const reader of await waitFor(context, form, [...left])) {
      try {
        const [number, who] = reader.recvSync({ timeout: 0 });
        assert.equal(reader, readers[who]);
        assert.equal(number, next[who]++);
      } catch (error) {
        assert.equal((error as Error).name, 'EOFError');
        left.delete(reader);
        reader.close();
      }
    }
  }
  assert.deepEqual(next, range(WORKERS).fill(count));
  await run.ended();
}

/** The same over sockets, which the event loop reads: so only awaited. */
async function collectFromSockets(context: SyncContext, run: Run, count: number, delay: number): Promise<void> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const sockets: Socket[] = [];
  const connected = new Promise<void>((resolve) => {
    server.on('connection', (socket) => sockets.push(socket) === WORKERS && resolve());
  });
  for (const _ of range(WORKERS)) run.start(writeNumbers, (server.address() as { port: number }).port, count, delay);
  await within(connected, 'the connections of the workers');
  const texts = new Map(sockets.map((socket) => [socket, '']));
  for (const left = new Set(sockets); left.size > 0; ) {
    for (const socket of await context.wait(left)) {
      const data: Buffer | null = socket.read();
      if (data !== null) texts.set(socket, texts.get(socket) + String(data));
      else left.delete(socket);
    }
  }
  const all = range(count).map((i) => `${i}\n`);
  for (const text of texts.values()) assert.equal(text, all.join(''));
  await run.ended();
  server.close();
}

export function waitSuite(context: SyncContext): void {
  check(context, 'TestWait.test_wait', async (run) => {
    for (const form of formsOf(context)) await collect(context, run, form, 10, 0);
  });

  check(context, 'TestWait.test_wait_slow', async (run) => {
    await collect(context, run, 'async', 5, 30);
  });

  check(context, 'TestWait.test_wait_socket', (run) => collectFromSockets(context, run, 10, 0));

  check(context, 'TestWait.test_wait_socket_slow', (run) => collectFromSockets(context, run, 5, 30));

  check(context, 'TestWait.test_wait_timeout', async () => {
    for (const form of formsOf(context)) {
      const [a, b] = context.Pipe<any>();
      assert.deepEqual(await lasting(50, () => waitFor(context, form, [a, b], 50)), []);
      b.sendSync(null);
      assert.deepEqual(await waitFor(context, form, [a, b], 20_000), [a]);
      for (const end of [a, b]) end.close();
    }
  });

  check(context, 'TestWait.test_wait_integer', async (run) => {
    for (const form of formsOf(context)) {
      const [a, b] = context.Pipe<any>();
      const [c, d] = context.Pipe<any>();
      const [tell, told] = context.Pipe<any>();
      const worker: Worker = run.start(endWhenTold, told);
      const sentinel = worker.sentinel!;
      const all = [a, sentinel, b] as const;
      assert.deepEqual(await lasting(20, () => waitFor(context, form, all, 20)), []);
      tell.sendSync('end');
      assert.deepEqual(await waitFor(context, form, all, 20_000), [sentinel]);
      b.sendSync(null);
      assert.deepEqual(await waitFor(context, form, all, 20_000), [a, sentinel]);
      a.sendSync(null);
      assert.deepEqual(await waitFor(context, form, all, 20_000), [a, sentinel, b]);
      assert.deepEqual(await waitFor(context, form, [c, d], 0), []);
      await run.ended();
      for (const end of [a, b, c, d, tell, told]) end.close();
    }
  });

  check(context, 'TestWait.test_neg_timeout', async () => {
    for (const form of formsOf(context)) {
      const [a, b] = context.Pipe<any>();
      assert.deepEqual(await waitFor(context, form, [a], -1), []);
      b.sendSync(1);
      assert.deepEqual(await waitFor(context, form, [a], -1), [a]);
      for (const end of [a, b]) end.close();
    }
  });
}
