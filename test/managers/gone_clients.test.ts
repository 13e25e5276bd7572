/** What a client of another program had sent when it went is done all the same, also where nothing can be answered any more. */
import assert from 'node:assert/strict';
import { EventEmitter, once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { type Address, Client, type Connection } from 'multiproc/connection';
import { BaseManager } from 'multiproc/managers';
import { Request } from '#dist/managers/protocol.js';
import { encodeRequest } from './requests.js';
import { until } from './support.js';

const folder = mkdtempSync(join(tmpdir(), 'gone-'));
after(() => rmSync(folder, { recursive: true, force: true }));

const done: number[] = [];
const begun = new EventEmitter();

class Work {
  do(n: number, _padding: string): number {
    return done.push(n);
  }
  large(): Buffer {
    begun.emit('large');
    return Buffer.alloc(9 * 1024 * 1024);
  }
}

class Works extends BaseManager.define({ Work }) {}

const ADDRESSES: readonly Address[] = [join(folder, 'socket'), ['127.0.0.1', 0]];
/** Together more than is read at a time, and less than the system keeps. */
const MANY = 75;
const PADDING = 'x'.repeat(1000);

for (const address of ADDRESSES)
  for (const isBegun of [false, true])
    test(`at ${address}, ${isBegun ? 'the answer is half sent' : 'nothing can be answered'}`, async () => {
      done.length = 0;
      const manager = new Works({ address, authkey: 'k' });
      const server = manager.getServer();
      await server.listen();
      const serving = server.serveForever();
      try {
        const connection = (await Client(manager.address as Address, { authkey: 'k' })) as Connection<any, any>;
        const send = (...request: Parameters<typeof encodeRequest>): void =>
          assert.ok(connection.trySendBytes(encodeRequest(...request)));
        send(Request.CREATE, 1, 0, 'Work', []);
        await connection.recvBytes();
        if (isBegun) {
          // More than the system keeps: the event loop writes when there is room, which there will not be.
          send(Request.CALL, 2, 1, 'large', []);
          await once(begun, 'large');
          await setImmediate();
        }
        // The server runs in this thread: it reads none of these before the client is gone.
        for (let i = 1; i <= MANY; i++) send(Request.CALL, 2 + i, 1, 'do', [i, PADDING]);
        connection.close();
        await until(() => manager.numberOfObjects(), 0, 'objects');
        assert.deepEqual(
          done,
          Array.from({ length: done.length }, (_, i) => i + 1),
        );
        // TCP itself drops what its sender has not sent when that closes with something unread.
        if (isBegun && typeof address !== 'string') assert.ok(done.length > 0);
        else assert.equal(done.length, MANY);
      } finally {
        server.stop();
        await serving;
      }
    });
