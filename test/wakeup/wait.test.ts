/** `wait(objects)` over everything that can be waited for. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createConnection, createServer, type Server, Socket } from 'node:net';
import { after, before, test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { inspect } from 'node:util';
import { Event, Lock, Pipe, Process, Queue, tryWait, type Waitable, wait, waitSync } from 'multiproc';
import { fsck } from '#dist/memory/fsck.js';
import { session } from '#dist/memory/session.js';
import { runProgram, until } from '../support/programs.js';
import { within } from '../support/within.js';
import { endWhenSet, keep, killWhenSet, never, nothing, sendWhenSet, writeWhenSet } from './programs/workers.js';

type Form = (objects: readonly Waitable[], timeout?: number) => Waitable[] | Promise<Waitable[]>;
const forms: Record<string, Form> = {
  wait: (objects, timeout) => within(wait(objects, { timeout }), 'one of the objects'),
  waitSync: (objects, timeout) => waitSync(objects, { timeout }),
};

let server: Server;
const accepted: Socket[] = [];
before(async () => {
  server = createServer((socket) => accepted.push(socket)).listen(0, '127.0.0.1');
  await once(server, 'listening');
});
after(() => {
  server.close();
  for (const socket of accepted) socket.destroy();
});

const portOf = (): number => (server.address() as { port: number }).port;

/** Both sides of a connection; nobody listens to either. */
async function socketPair(): Promise<[Socket, Socket]> {
  const count = accepted.length;
  const client = createConnection(portOf(), '127.0.0.1');
  await once(client, 'connect');
  await until(
    () => accepted.length > count,
    () => 'no connection came in',
  );
  return [client, accepted[count]];
}

function processOf(target: () => unknown): Process {
  return new Process({ target, daemon: true }).start();
}

for (const [name, form] of Object.entries(forms)) {
  test(`${name}: exactly those that are ready, in the order given`, async () => {
    const [r, w] = Pipe<number>(false);
    const [r2, w2] = Pipe<number>(false);
    const [queue, event] = [new Queue<number>(), new Event()];
    const child = processOf(never);
    const all = [r, r2, queue, event, child, child.sentinel];
    assert.deepEqual(await form(all, 10), []);
    w2.sendSync(1);
    assert.deepEqual(await form(all), [r2]);
    event.set();
    queue.putSync(1);
    assert.deepEqual(await form(all), [r2, queue, event]);
    assert.deepEqual(await form([event, queue, r2, event]), [event, queue, r2, event]);
    assert.deepEqual([r2.recvSync(), queue.getSync()], [1, 1]);
    event.clear();
    assert.deepEqual(await form(all, 0), []);
    child.kill();
    assert.deepEqual(await form(all), [child, child.sentinel]);
    assert.deepEqual(await form([child.sentinel]), [child.sentinel]);
    w.close();
    queue.close();
    assert.deepEqual(await form(all), [r, queue, child, child.sentinel]);
    for (const end of [r, r2, w2]) end.close();
    await child.join();
    assert.deepEqual(await form([child]), [child]);
  });

  test(`${name} hears of what others do meanwhile`, async () => {
    const go = new Event();
    const [r, w] = Pipe<string>(false);
    const quiet = new Queue();
    const sender = new Process({ target: sendWhenSet, args: [go, w], daemon: true }).start();
    w.close();
    const ready = wait([quiet, r]);
    go.set();
    assert.deepEqual(await (name === 'wait' ? ready : form([quiet, r])), [r]);
    assert.equal(r.recvSync(), 'late');
    await sender.join();

    const end = new Event();
    const ending = new Process({ target: endWhenSet, args: [end], daemon: true }).start();
    end.set();
    assert.deepEqual(await form([quiet, ending.sentinel, ending]), [ending.sentinel, ending]);

    const [victim, kill] = [processOf(never), new Event()];
    const killer = new Process({ target: killWhenSet, args: [kill, victim.pid!], daemon: true }).start();
    kill.set();
    assert.deepEqual(await form([quiet, victim.sentinel]), [victim.sentinel]);
    await killer.join();
    // Also through the connection that it leaves.
    const [here, there] = Pipe();
    const holder = new Process({ target: keep, args: [there], daemon: true }).start();
    there.close();
    here.recvSync();
    holder.kill();
    assert.deepEqual(await form([quiet, here]), [here]);
    assert.throws(() => here.recvSync(), { name: 'EOFError' });
    here.close();
    for (const child of [ending, victim, holder]) await child.join();
    assert.deepEqual(fsck(session()), []);
  });

  test(`${name}: sockets, with what came stays and the mode as it was`, async () => {
    const [a, b] = await socketPair();
    const [quiet] = await socketPair();
    const [r] = Pipe(false);
    assert.deepEqual(await form([a, quiet, r], 10), []);
    b.write('one');
    assert.deepEqual(await form([quiet, a]), [a]);
    await until(
      () => a.readableLength === 3,
      () => `${a.readableLength} bytes came`,
    );
    assert.deepEqual([await form([quiet, a]), a.readableFlowing, a.readableLength], [[a], null, 3]);
    assert.equal(String(a.read()), 'one');
    assert.deepEqual(await form([a, quiet], 10), []);
    assert.deepEqual(
      a.eventNames().filter((event) => event === 'readable' || event === 'close'),
      quietNames(quiet),
    );
    // From another process, so that nothing has come when the wait begins.
    const go = new Event();
    const count = accepted.length;
    const writer = new Process({ target: writeWhenSet, args: [go, portOf()], daemon: true }).start();
    await until(
      () => accepted.length > count,
      () => 'the child does not connect',
    );
    const fromChild = accepted[count];
    fromChild.on('error', () => {});
    go.set();
    assert.deepEqual(await form([quiet, r, fromChild]), [fromChild]);
    await until(
      () => fromChild.readableLength > 0,
      () => 'nothing came',
    );
    assert.equal(String(fromChild.read()), 'late');
    writer.kill();
    assert.deepEqual(await form([quiet, fromChild]), [fromChild]);
    await writer.join();
    b.end();
    await once(b, 'finish');
    assert.deepEqual(await form([a, quiet]), [a]);
    quiet.destroy();
    assert.deepEqual(await form([a, quiet]), [a, quiet]);
    a.destroy();
    r.close();
  });

  test(`${name}: time limits`, async () => {
    const [r, w] = Pipe<number>(false);
    const began = performance.now();
    assert.deepEqual(await form([r], 50), []);
    assert.ok(performance.now() - began >= 45);
    assert.deepEqual(await form([r], -1), []);
    assert.deepEqual(await form([], 1), []);
    w.sendSync(1);
    assert.deepEqual([await form([r], 0), await form([r], -Infinity), await form([r], Infinity)], [[r], [r], [r]]);
  });
}

const quietNames = (socket: Socket): (string | symbol)[] =>
  socket.eventNames().filter((event) => event === 'readable' || event === 'close');

test('tryWait never waits', () => {
  const [r, w] = Pipe<number>(false);
  const event = new Event();
  assert.deepEqual([tryWait([r, event]), tryWait([])], [[], []]);
  w.sendSync(1);
  assert.deepEqual(tryWait(new Set([event, r])), [r]);
});

test('a wait that is aborted, or whose time runs out, leaves everything as it was', async () => {
  const [r, w] = Pipe<number>(false);
  const [a] = await socketPair();
  const child = processOf(never);
  const controller = new AbortController();
  const aborted = wait([r, a, child], { signal: controller.signal });
  const other = wait([r], { signal: controller.signal, timeout: 60_000 });
  controller.abort('enough');
  await assert.rejects(aborted, (reason) => reason === 'enough');
  await assert.rejects(other, (reason) => reason === 'enough');
  await assert.rejects(wait([r], { signal: AbortSignal.abort('before') }), (reason) => reason === 'before');
  assert.deepEqual(quietNames(a).includes('readable'), false);
  w.sendSync(1);
  assert.equal(await r.recv(), 1);
  child.kill();
  await child.join();
  a.destroy();
});

test('a socket that flows goes on flowing, and one that is paused stays so', async () => {
  const [a, b] = await socketPair();
  const seen: string[] = [];
  a.on('data', (data) => seen.push(String(data)));
  const ready = wait([a]);
  b.write('flows');
  await until(
    () => seen.length > 0,
    () => 'nothing came',
  );
  assert.equal(a.readableFlowing, true);
  b.end();
  assert.deepEqual(await within(ready, 'the end of the socket'), [a]);
  assert.deepEqual(seen, ['flows']);

  const [c, d] = await socketPair();
  c.on('data', (data) => seen.push(String(data)));
  c.pause();
  const paused = wait([c]);
  d.write('paused');
  assert.deepEqual(await within(paused, 'data of the paused socket'), [c]);
  await turn();
  assert.deepEqual([c.isPaused(), c.readableLength, seen], [true, 6, ['flows']]);
  c.resume();
  await until(
    () => seen.length === 2,
    () => 'the paused data does not come',
  );
  for (const socket of [a, b, c, d]) socket.destroy();
});

test('an error of a socket makes it ready, and reaches its own listeners', async () => {
  const socket = createConnection({ port: 1, host: '127.0.0.1' });
  const errors: unknown[] = [];
  socket.on('error', (error) => errors.push(error));
  assert.deepEqual(await within(wait([socket]), 'the socket that cannot connect'), [socket]);
  assert.equal(errors.length, 1);
});

test('a blocking wait takes more descriptors than fit at first', async () => {
  const pairs = await Promise.all(Array.from({ length: 5 }, socketPair));
  const sockets = pairs.map(([socket]) => socket);
  const many = Array.from({ length: 100 }, (_, i) => sockets[i % sockets.length]);
  assert.deepEqual(waitSync(many, { timeout: 5 }), []);
  for (const pair of pairs) for (const socket of pair) socket.destroy();
});

test('what cannot be waited for is named', async () => {
  const [r, w] = Pipe<number>(false);
  const bad: [unknown, RegExp][] = [
    [[r, 5], /objects\[1\] is a number: wait\(\) takes connections/],
    [[undefined], /objects\[0\] is a undefined/],
    [[null], /objects\[0\] is null/],
    [[r, r, new Lock()], /objects\[2\] is an instance of Lock/],
    [[Object.create(null)], /objects\[0\] is an instance of no class/],
    ['text', /objects must be an array .*, not a string/],
    [null, /not null/],
    [{}, /not an instance of Object/],
    [undefined, /not a undefined/],
  ];
  for (const [objects, message] of bad) {
    const expected = { name: 'TypeError', code: 'ERR_MULTIPROC_ARGUMENT', message };
    await assert.rejects(wait(objects as Waitable[]), expected);
    assert.throws(() => waitSync(objects as Waitable[]), expected);
    assert.throws(() => tryWait(objects as Waitable[]), expected);
  }
  await assert.rejects(wait([w]), { name: 'ConnectionClosedError', message: /only sends/ });
  const fresh = new Process({ target: nothing });
  assert.throws(() => fresh.sentinel, { name: 'ProcessError', message: /has not been started/ });
  assert.throws(() => tryWait([fresh]), { name: 'ProcessError', message: /has not been started/ });
  assert.throws(() => waitSync([new Socket()]), { name: 'TypeError', message: /objects\[0\] is a socket without a descriptor/ });
  await assert.rejects(wait([r], { timeout: NaN }), RangeError);
  await assert.rejects(wait([r], 5 as never), TypeError);
  await assert.rejects(wait([]), { name: 'DeadlockError' });
  assert.throws(() => waitSync([]), { name: 'DeadlockError' });
  // Nobody is left who could send.
  assert.throws(() => waitSync([r]), { name: 'DeadlockError' });
  const pending = wait([r, new Event()]);
  r.close();
  await assert.rejects(within(pending, 'the rejection'), { name: 'ConnectionClosedError' });
  assert.throws(() => tryWait([r]), { name: 'ConnectionClosedError', message: /closed/ });
});

test('a sentinel shows itself, is one for each process, outlives its handle, and is not sent', async () => {
  const child = processOf(nothing);
  const { sentinel } = child;
  assert.equal(inspect(sentinel), `<Sentinel of ${child.name} pid=${child.pid} waits>`);
  assert.equal(child.sentinel, sentinel);
  assert.throws(() => new Queue<unknown>().putSync(sentinel), { name: 'SerializationError', message: /only the creator/ });
  await wait([sentinel]);
  await child.join();
  assert.equal(String(sentinel), `<Sentinel of ${child.name} pid=${child.pid} ready>`);
  child.close();
  assert.deepEqual(tryWait([sentinel]), [sentinel]);
  assert.throws(() => child.sentinel, { name: 'ProcessError', message: /was closed/ });
  assert.throws(() => tryWait([child]), { name: 'ProcessError', message: /was closed/ });
});

test('a wait keeps the program until it is over, and no longer', async () => {
  const { stdout, stderr, code } = await runProgram('programs/wait-and-end.js', import.meta);
  assert.deepEqual([stdout, stderr, code], ['[]\nthe end of the child\n', '', 0]);
});
