/** A thousand clients of one manager. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openClient } from '#dist/managers/client.js';
import type { Door } from '#dist/managers/door.js';
import { Request } from '#dist/managers/protocol.js';
import { until } from './support.js';
import { MyManager } from './types.js';

const CLIENTS = 1000;

test('a thousand clients, each with its own connection, are served, told apart, and let go of', async () => {
  await using manager = new MyManager();
  await manager.start();
  using board = await manager.Board();
  using maths = await manager.Maths();
  const id = (text: string): number => Number(/id (\d+)/.exec(text)![1]);
  const [boardId, mathsId] = [board, maths].map((proxy) => id((proxy as any)[Symbol.for('nodejs.util.inspect.custom')]()));
  const clients = Array.from({ length: CLIENTS }, () => openClient(manager.address as Door));
  const ids = await Promise.all(clients.map((client) => client.call(Request.CALL, boardId, 'hold', [])));
  assert.equal(new Set(ids).size, CLIENTS);
  const sums = await Promise.all(
    clients.flatMap((client, i) => [1, 2].map((n) => client.call(Request.CALL, mathsId, 'add', [i, n]))),
  );
  assert.deepEqual(
    sums,
    clients.flatMap((_, i) => [i + 1, i + 2]),
  );
  assert.equal((await board.holders()).length, CLIENTS);
  for (const client of clients) client.close('closed by the test');
  await until(async () => (await board.holders()).length, 0, 'holders');
});
