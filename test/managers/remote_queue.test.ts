/** A server of a queue and its clients, as programs of their own: over TCP, Unix sockets, and between two networks. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { test } from 'node:test';
import { noNetworks, type Side, twoNetworks } from '../support/networks.js';
import { Program, programPath, temporaryFolder } from '../support/programs.js';

const ITEMS = 20;

/** A program, on a side of its own. */
function start(side: Side, program: string, args: readonly string[]): Program {
  const [command, ...rest] = side([process.execPath, programPath(`programs/${program}.js`, import.meta), ...args]);
  return new Program(command, rest);
}

const here: Side = (command) => command;

async function exchange(address: unknown, serverSide: Side = here, clientSide: Side = here): Promise<void> {
  const key = randomBytes(16).toString('hex');
  const server = start(serverSide, 'queue_server', [JSON.stringify(address), key]);
  const [, real] = await server.saw(/serves at (.*)\n/);
  const getter = start(clientSide, 'queue_client', [real, key, 'get', String(ITEMS)]);
  const putter = start(clientSide, 'queue_client', [real, key, 'put', String(ITEMS)]);
  // They have closed nothing, and end all the same.
  for (const program of [putter, getter]) {
    const { code, stdout, stderr } = await program.ended;
    assert.deepEqual([code, stderr, stdout.split('\n').at(-2)], [0, '', 'done']);
  }
  assert.deepEqual(
    getter.stdout.split('\n').filter((line) => line.startsWith('got')),
    Array.from({ length: ITEMS }, (_, i) => `got é ${i}`),
  );
  server.process.stdin!.end();
  assert.deepEqual(await server.ended, { stdout: `serves at ${real}\nstopped\n`, stderr: '', code: 0, signal: null });
}

test('over TCP', () => exchange(['127.0.0.1', 0]));

test('over a Unix socket', () => exchange(join(temporaryFolder(), 'queue')));

test('over an abstract name', { skip: process.platform !== 'linux' && 'only Linux has abstract names' }, () =>
  exchange(`\0multiproc-test-${process.pid}`),
);

test('from one network into another', { skip: noNetworks() }, async () => {
  const networks = await twoNetworks();
  await exchange([networks.addresses[0], 0], ...networks.sides);
  await networks.end();
});
