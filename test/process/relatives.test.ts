/** This process, its parent and its children, as objects. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { inspect } from 'node:util';
import { activeChildren, currentProcess, Event, Pool, Process, parentProcess, Queue } from 'multiproc';
import * as relatives from './programs/relatives.js';
import { nothing, pidOf, sleep } from './programs/tasks.js';

test('the main program', () => {
  const main = currentProcess();
  assert.equal(main, currentProcess());
  assert.ok(main instanceof Process);
  assert.deepEqual(
    [main.name, main.pid, main.daemon, main.isAlive(), main.exitCode],
    ['MainProcess', process.pid, false, true, null],
  );
  assert.deepEqual([main.signalCode, main.stdout, main.stderr, parentProcess()], [null, null, null, null]);
  assert.equal(inspect(main), "<_MainProcess name='MainProcess' parent=None started>");
  for (const use of ['start', 'joinSync', 'terminate', 'kill', 'close'] as const)
    assert.throws(() => main[use](), { name: 'ProcessError', message: /MainProcess/ }, use);
});

test('names, numbers and relations down a tree', async () => {
  const queue = new Queue<relatives.Seen>();
  const root = new Process({ target: relatives.seeTree, args: [queue, 2] });
  await root.start().join();
  const seen: relatives.Seen[] = [];
  for (let i = 0; i < 7; i++) seen.push(await queue.get());
  const paths = ['', ':1', ':1:1', ':1:2', ':2', ':2:1', ':2:2'];
  assert.deepEqual(
    seen.map(({ name }) => name),
    paths.map((path) => root.name + path),
  );
  const pids = new Map([['MainProcess', process.pid], ...seen.map(({ name, pid }) => [name, pid] as const)]);
  for (const { name, parent, ...rest } of seen) {
    const parentName = name === root.name ? 'MainProcess' : name.slice(0, name.lastIndexOf(':'));
    assert.deepEqual(parent, {
      name: parentName,
      pid: pids.get(parentName),
      isAlive: true,
      text: `<_ParentProcess name='${parentName}' parent=None unknown>`,
    });
    assert.deepEqual([rest.daemon, rest.isAlive, rest.exitCode, rest.children], [false, true, null, 0]);
    assert.equal(rest.text, `<Process name='${name}' parent=${parent.pid} started>`);
    assert.ok(rest.authkey.equals(currentProcess().authkey));
  }
});

test('children that are alive, workers of pools among them', async () => {
  const before = activeChildren();
  const child = new Process({ target: sleep, daemon: true });
  assert.equal(activeChildren().includes(child), false);
  child.start();
  assert.ok(activeChildren().includes(child));
  const pool = new Pool(1);
  const pid = await pool.apply(pidOf);
  const worker = activeChildren().find((active) => active.pid === pid)!;
  assert.match(String(worker), new RegExp(`^<Process name='PoolWorker-\\d+' pid=${pid} parent=${process.pid} started daemon>$`));
  assert.equal(
    activeChildren().find((active) => active.pid === pid),
    worker,
  );
  await pool.terminate();
  await pool.join();
  assert.deepEqual([worker.isAlive(), await worker.join()], [false, -15]);
  child.kill();
  await child.join();
  assert.deepEqual(activeChildren(), before);
});

for (const form of ['async', 'sync'] as const)
  for (const how of ['exit', 'killed'] as const)
    test(`a child outlives its parent and waits for its end, ${form}, ${how}`, async () => {
      const queue = new Queue<unknown>();
      const go = new Event();
      const parent = new Process({ target: relatives.leaveChild, args: [form, how, go, queue] }).start();
      assert.deepEqual(await queue.get(), [true, false, false, false]);
      if (how === 'exit') go.set();
      else parent.kill();
      assert.deepEqual(await queue.get(), [true, false, true, true, true]);
      assert.equal(await parent.join(), how === 'exit' ? 0 : -9);
    });

test('a process that is renamed by itself', async () => {
  const queue = new Queue<unknown>();
  const child = new Process({ target: relatives.rename, args: [queue], stdio: 'pipe' }).start();
  assert.deepEqual(await queue.get(), ['Renamed', `<Process name='Renamed' parent=${process.pid} started>`]);
  assert.match(await text(child.stderr!), /^Process Renamed:\nError: after renaming/);
  assert.equal(await child.join(), 1);
  child.name = 'Here';
  assert.match(String(child), /^<Process name='Here'/);
  assert.throws(() => Object.assign(child, { name: 5 }), { name: 'TypeError', code: 'ERR_MULTIPROC_ARGUMENT' });
});

test('what only the creator of a process may do', async () => {
  const queue = new Queue<string>();
  const child = new Process({ target: relatives.tryEverything, args: [queue], name: 'Me' }).start();
  const self = (what: string): string =>
    `ProcessError: ${what}() of Me, which is this very process: only its creator can do that. To end it, return, or call process.exit()`;
  const expected = [
    ['start', 'ProcessError: Me was started before: make a new Process for each start'],
    ...['join', 'joinSync', 'tryJoin', 'terminate', 'kill', 'close'].map((what) => [what, self(what)]),
    ['daemon', 'ProcessError: Me has started: set daemon before start()'],
  ];
  for (const [what, message] of expected) assert.equal(await queue.get(), `${what}: ${message}`);
  assert.match(await queue.get(), /^send: SerializationError: .*Me cannot be sent: only its creator has its handle/);
  assert.equal(await child.join(), 0);
});

test('a daemonic process starts daemonic ones', async () => {
  const queue = new Queue<string>();
  const child = new Process({ target: relatives.startUndaemonic, args: [queue], daemon: true }).start();
  assert.equal(await queue.get(), 'inherits true');
  assert.match(await queue.get(), /^TypeError: Free is not daemonic, and a daemonic process may start daemonic ones only/);
  assert.equal(await child.join(), 0);
  assert.throws(() => Object.assign(new Process(), { daemon: 'yes' }), { name: 'TypeError', code: 'ERR_MULTIPROC_ARGUMENT' });
});

test('authkey: inherited when the Process is made, set before start, never shown or sent', async () => {
  const main = currentProcess();
  const inherited = main.authkey;
  assert.equal(inherited.length, 32);
  assert.ok(Buffer.isBuffer(inherited));
  const queue = new Queue<relatives.Seen>();
  const seenKey = async (child: Process): Promise<string> => {
    assert.equal(await child.start().join(), 0);
    return (await queue.get()).authkey.toString();
  };
  const make = (): Process => new Process({ target: relatives.see, args: [queue] });
  const before = make();
  main.authkey = 'of main';
  try {
    assert.equal(await seenKey(before), inherited.toString());
    assert.equal(await seenKey(make()), 'of main');
    assert.equal(await seenKey(Object.assign(make(), { authkey: 'a text' })), 'a text');
    assert.equal(await seenKey(Object.assign(make(), { authkey: new Uint8Array() })), '');
    assert.equal(await seenKey(new Process({ target: relatives.takeNewKey, args: [queue] })), 'changed here');
  } finally {
    main.authkey = inherited;
  }
  assert.ok(main.authkey.equals(inherited));
  assert.throws(() => Object.assign(before, { authkey: 'late' }), { name: 'ProcessError', message: /set authkey before start/ });
  for (const wrong of [null, 5, {}, [1]])
    assert.throws(() => Object.assign(make(), { authkey: wrong }), { name: 'TypeError', code: 'ERR_MULTIPROC_ARGUMENT' });
  assert.equal(inspect({ key: inherited }), '{ key: <authkey of 32 bytes> }');
  assert.equal(JSON.stringify({ key: inherited }), '{"key":"<authkey>"}');
  assert.throws(() => new Queue().putSync({ key: inherited }), {
    name: 'SerializationError',
    message: /child processes inherit it.*Buffer\.from\(authkey\)/,
  });
});

test('authkey: not in what other programs can read', { skip: !existsSync('/proc/self/environ') && 'reads /proc' }, async () => {
  const queue = new Queue<boolean>();
  await new Process({ target: relatives.lookForKey, args: [queue] }).start().join();
  assert.equal(await queue.get(), false);
});

test('tryJoin', async () => {
  const child = new Process({ target: nothing });
  assert.throws(() => child.tryJoin(), { name: 'ProcessError', message: /call start\(\) before tryJoin/ });
  assert.equal(child.start().tryJoin(), null);
  await child.join();
  assert.equal(child.tryJoin(), 0);
});
