/** How many connections a listener takes: those that were not authenticated, those that nobody accepts, and none when there are no descriptors. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { after, before, test } from 'node:test';
import { type Address, Client, type Connection, Listener } from 'multiproc/connection';
import { Strangers } from '#dist/net/strangers.js';
import { Program, programPath } from '../support/programs.js';
import { within } from '../support/within.js';
import type { Any } from './support.js';

const skip = !existsSync('/proc/self/fd') && 'reads /proc';
const MOST_DESCRIPTORS = 240;
/** A quarter of them. */
const MOST_STRANGERS = 60;

let program: Program;
let address: Address;

before(async () => {
  const path = programPath('programs/limited_listener.js', import.meta);
  program = new Program('sh', ['-c', `ulimit -n ${MOST_DESCRIPTORS}; exec "${process.execPath}" "${path}"`]);
  address = ['127.0.0.1', Number((await program.saw(/port (\d+);/))[1])];
});
after(async () => {
  program.process.kill('SIGKILL');
  await program.ended;
});

async function isServed(): Promise<void> {
  using client = await Client<string>(address, { authkey: 'k' });
  await client.send('hello');
  assert.equal(await within(client.recv(), 'an answer'), 'HELLO');
}

async function say(command: string, expected: RegExp): Promise<RegExpExecArray> {
  program.stdout = '';
  program.type(`${command}\n`);
  return program.saw(expected);
}

/** Is let in, and says nothing. */
async function stranger(): Promise<Socket> {
  const [host, port] = address as [string, number];
  const socket = connect(port, host).on('error', () => {});
  await within(once(socket, 'data'), 'the challenge');
  return socket;
}

test('of those that do not authenticate the oldest go when there are too many', { skip }, async () => {
  const strangers: Socket[] = [];
  const closed: number[] = [];
  for (let i = 0; i < 3 * MOST_STRANGERS; i++) {
    const socket = await stranger();
    socket.on('close', () => closed.push(i));
    strangers.push(socket);
  }
  await isServed();
  const [, open] = await say('count', /open (\d+)/);
  assert.ok(Number(open) < 2 * MOST_STRANGERS, open);
  const last = strangers.slice(-MOST_STRANGERS / 2);
  assert.ok(last.every((socket) => !socket.readableEnded && !socket.destroyed));
  await within(
    Promise.all(strangers.slice(0, 2 * MOST_STRANGERS).map((socket) => socket.destroyed || once(socket.resume(), 'close'))),
    'the end of the oldest',
  );
  assert.ok(Math.max(...closed) < 2 * MOST_STRANGERS + 5);
  for (const socket of strangers) socket.destroy();
});

test('a listener that has no descriptor for its clients serves on when it has', { skip }, async () => {
  using before = await Client<string>(address, { authkey: 'k' });
  await say('take', /EMFILE/);
  for (let i = 0; i < 3; i++)
    await assert.rejects(Client(address, { authkey: 'k' }), { name: 'AuthenticationError', message: /room for one more/ });
  await before.send('still');
  assert.equal(await within(before.recv(), 'an answer'), 'STILL');
  await say('give', /given/);
  await isServed();
});

test('one host with many costs no other host anything', () => {
  const strangers = new Strangers<{ readonly host: string; readonly n: number }>(10);
  const first = { host: '10.0.0.1', n: 0 };
  const sixth = { host: '2001:db8::1:2:3:4', n: 1 };
  const tenth = Array.from({ length: 8 }, (_, n) => ({ host: n % 2 ? '2001:db8:0:1::7' : '2001:db8:0:1:9::', n }));
  for (const stranger of [first, sixth, ...tenth]) strangers.add(stranger);
  assert.equal(strangers.areTooMany, false);
  strangers.add({ host: '2001:db8:0:1:f::', n: 9 });
  assert.equal(strangers.areTooMany, true);
  for (const stranger of tenth) {
    assert.equal(strangers.first, stranger);
    strangers.delete(stranger);
  }
  assert.equal(strangers.areTooMany, false);
  strangers.delete(sixth);
  strangers.delete(sixth);
  strangers.delete(first);
  assert.equal(strangers.first?.n, 9);
});

/** Connects until somebody is turned away. */
async function fill(listener: Listener<any>, authkey: string | undefined): Promise<Any[]> {
  const clients: Any[] = [];
  for (;;) {
    const client = await Client<any>(listener.address!, { authkey }).catch((error: Error) => error);
    if (client instanceof Error) {
      assert.match(String(client), /AuthenticationError: .*room for one more/);
      return clients;
    }
    if (await isTurnedAway(client, clients.length)) return clients;
    clients.push(client);
  }
}

/** One that waits hears nothing. One that is turned away hears the end, once the listener's thread has looked at it. */
async function isTurnedAway(client: Any, before: number): Promise<boolean> {
  if (before < 5) return false;
  return await within(
    client.recv().then(
      () => false,
      (error: Error) => error.name === 'EOFError',
    ),
    'the end of one too many',
  );
}

for (const authkey of [undefined, 'k'])
  test(`so many wait to be accepted as the backlog says, ${authkey ? 'with' : 'without'} a key`, async () => {
    using listener = new Listener<any>({ backlog: 5, authkey });
    await listener.listen();
    const clients = await fill(listener, authkey);
    assert.equal(clients.length, 5);
    const accepted: Connection<any, any>[] = [];
    for (const client of clients) {
      await client.send(accepted.length);
      accepted.push(await listener.accept());
      assert.equal(await within(accepted.at(-1)!.recv(), 'what it said'), accepted.length - 1);
    }
    await assert.rejects(listener.accept({ timeout: 0 }), { name: 'TimeoutError' });
    const [next, served] = await Promise.all([Client<any>(listener.address!, { authkey }), listener.accept()]);
    for (const end of [...clients, ...accepted, next, served]) end.close();
  });
