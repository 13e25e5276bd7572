/** A process from its making to its end, as its creator sees it. */
import assert from 'node:assert/strict';
import { tmpdir } from 'node:os';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { inspect } from 'node:util';
import { Process } from 'multiproc';
import { isRunning, openDescriptors, until } from '../support/programs.js';
import {
  exitWith,
  ignoreTermination,
  kill,
  killSelf,
  nothing,
  print,
  report,
  setExitCode,
  sleep,
  spin,
} from './programs/tasks.js';

const argumentError = (name: string, message: RegExp): object => ({ name, code: 'ERR_MULTIPROC_ARGUMENT', message });

test('before, while and after it runs', async () => {
  const child = new Process({ target: sleep, name: 'Sleeper' });
  assert.deepEqual([child.name, child.daemon, child.pid, child.exitCode, child.signalCode], ['Sleeper', false, null, null, null]);
  assert.deepEqual([child.stdout, child.stderr, child.isAlive()], [null, null, false]);
  assert.equal(String(child), `<Process name='Sleeper' parent=${process.pid} initial>`);
  assert.equal(child.start(), child);
  assert.ok(isRunning(child.pid!));
  assert.deepEqual([child.isAlive(), child.exitCode, child.signalCode], [true, null, null]);
  assert.equal(inspect(child), `<Process name='Sleeper' pid=${child.pid} parent=${process.pid} started>`);
  assert.equal(await child.join({ timeout: 0 }), null);
  assert.equal(await child.join({ timeout: 10 }), null);
  assert.equal(child.joinSync({ timeout: 10 }), null);
  child.terminate();
  assert.equal(await child.join(), -15);
  assert.deepEqual([child.isAlive(), child.exitCode, child.signalCode], [false, -15, 'SIGTERM']);
  assert.equal(String(child), `<Process name='Sleeper' pid=${child.pid} parent=${process.pid} stopped exitcode=-SIGTERM>`);
  assert.deepEqual([await child.join(), child.joinSync(), await child.join({ timeout: 0 })], [-15, -15, -15]);
  child.terminate();
  child.kill();
  child.close();
  child.close();
  assert.equal(String(child), `<Process name='Sleeper' parent=${process.pid} closed>`);
  for (const use of ['start', 'isAlive', 'joinSync', 'terminate', 'kill'] as const)
    assert.throws(() => child[use](), { name: 'ProcessError', message: /Sleeper was closed/ }, use);
  await assert.rejects(child.join(), { name: 'ProcessError', message: /Sleeper was closed/ });
});

test('names count up; daemonic ones show it; a subclass shows its own name', () => {
  class Worker extends Process {}
  const first = new Process({ target: nothing });
  const number = Number(/^Process-(\d+)$/.exec(first.name)![1]);
  const second = new Worker({ target: nothing, daemon: true });
  assert.equal(second.name, `Process-${number + 1}`);
  assert.equal(String(second), `<Worker name='${second.name}' parent=${process.pid} initial daemon>`);
  first.daemon = true;
  assert.equal(first.daemon, true);
});

test('exit codes and signals', async () => {
  const ends: [Process, number, NodeJS.Signals | null][] = [
    [new Process({ target: nothing }), 0, null],
    [new Process(), 0, null],
    [new Process({ target: exitWith, args: [3] }), 3, null],
    [new Process({ target: exitWith, args: [256 + 7] }), 7, null],
    [new Process({ target: setExitCode, args: [4] }), 4, null],
    [new Process({ target: killSelf, args: ['SIGKILL'] }), -9, 'SIGKILL'],
    [new Process({ target: killSelf, args: ['SIGHUP'] }), -1, 'SIGHUP'],
  ];
  for (const [child] of ends) child.start();
  for (const [child, code, signal] of ends) {
    assert.equal(await child.join(), code);
    assert.deepEqual([child.exitCode, child.signalCode], [code, signal]);
  }
});

test('joinSync tells the exit code before the event loop has turned, and the kill of a child wakes it', () => {
  const child = new Process({ target: exitWith, args: [5] }).start();
  assert.equal(child.joinSync(), 5);
  assert.deepEqual([child.exitCode, child.isAlive()], [5, false]);
  const killed = new Process({ target: spin }).start();
  const killer = new Process({ target: kill, args: [killed.pid!] }).start();
  assert.equal(killed.joinSync(), -9);
  assert.equal(killer.joinSync(), 0);
});

test('one that ended together with another is known when the other has been joined', async () => {
  for (let round = 0; round < 5; round++) {
    const children = [1, 2, 3].map(() => new Process({ target: sleep, daemon: true }).start());
    for (const child of children) child.kill();
    // All are zombies before the event loop hears of the first.
    for (const { pid } of children) while (isRunning(pid!));
    await children[0].join();
    assert.deepEqual([children[1].isAlive(), children[1].joinSync(), children[2].exitCode], [false, -9, -9]);
  }
});

test('joins at the same time, with time limits and aborts', async () => {
  const child = new Process({ target: sleep, daemon: true }).start();
  const controller = new AbortController();
  const aborted = assert.rejects(child.join({ signal: controller.signal }), (reason) => reason === 'enough');
  const waits = [child.join(), child.join({ timeout: 5 }), child.join({ timeout: 60_000 })];
  assert.equal(await waits[1], null);
  controller.abort('enough');
  await aborted;
  await assert.rejects(child.join({ signal: AbortSignal.abort('early') }), (reason) => reason === 'early');
  child.terminate();
  assert.deepEqual(await Promise.all(waits), [-15, null, -15]);
});

test('a pending join keeps the program alive, a daemonic child does not', async () => {
  const child = new Process({ target: sleep, daemon: true }).start();
  // That this test ends is the first half: only the join keeps the loop alive.
  setTimeout(() => child.terminate(), 20).unref();
  assert.equal(await child.join(), -15);
});

test('terminate can be ignored, kill cannot', async () => {
  const child = new Process({ target: ignoreTermination, stdio: 'pipe', daemon: true }).start();
  let output = '';
  for await (const chunk of child.stdout!) {
    output += chunk;
    if (output.endsWith('not on SIGTERM\n')) break;
    child.terminate();
  }
  assert.equal(child.isAlive(), true);
  child.kill();
  assert.equal(await child.join(), -9);
});

test('await using terminates, joins and closes', async () => {
  const child = new Process({ target: sleep }).start();
  await child[Symbol.asyncDispose]();
  assert.equal(child.exitCode, -15);
  assert.match(String(child), /closed>$/);
  await child[Symbol.asyncDispose]();
  await new Process({ target: sleep })[Symbol.asyncDispose]();
});

test('wrong uses are errors that say what to do', async () => {
  const child = new Process({ target: nothing, name: 'Once' });
  await assert.rejects(child.join(), { name: 'ProcessError', message: /Once has not been started: call start\(\) before join/ });
  for (const use of ['joinSync', 'terminate', 'kill'] as const)
    assert.throws(() => child[use](), { name: 'ProcessError', message: /Once has not been started/ });
  child.start();
  assert.throws(() => child.start(), { name: 'ProcessError', message: /Once was started before: make a new Process/ });
  assert.throws(() => child.close(), { name: 'ProcessError', message: /Once is still running/ });
  assert.throws(
    () => {
      child.daemon = true;
    },
    { name: 'ProcessError', message: /has started/ },
  );
  await assert.rejects(child.join({ timeout: Number.NaN }), argumentError('RangeError', /NaN/));
  await assert.rejects(child.join(5 as never), argumentError('TypeError', /\{ timeout: 1000 \}/));
  assert.throws(() => child.joinSync({ timeout: '5' as never }), argumentError('TypeError', /milliseconds/));
  await child.join();
  assert.throws(() => child.start(), { name: 'ProcessError' });
});

test('wrong options are errors where the process is made', () => {
  const wrong: [unknown, RegExp][] = [
    [null, /must be an object, not null/],
    [nothing, /write new Process\(\{ target: work \}\)/],
    [{ target: 'nothing' }, /target must be a function, not string/],
    [{ target: null }, /target must be a function, not null/],
    [{ target: nothing, args: 'abc' }, /args must be an array, not string: write \{ args: \[value\] \}/],
    [{ target: nothing, args: { length: 1 } }, /args must be an array, not object/],
    [{ target: nothing, args: null }, /args must be an array, not null/],
    [{ target: nothing, name: 5 }, /name must be a string/],
    [{ target: nothing, stdio: 'ipc' }, /'inherit', 'pipe' or 'ignore', not ipc/],
    [{ target: nothing, daemon: 'yes' }, /daemon must be true or false/],
    [{ target: nothing, env: 'A=1' }, /env must be an object/],
    [{ target: nothing, cwd: 7 }, /cwd must be a string/],
    [{ target: nothing, execArgv: '--import tsx' }, /execArgv must be an array of strings/],
    [{ target: nothing, execArgv: [1] }, /execArgv must be an array of strings/],
  ];
  for (const [options, message] of wrong)
    assert.throws(() => new Process(options as object), argumentError('TypeError', message));
});

test('what cannot be started is an error at start, and leaves nothing', async () => {
  await new Process({ target: nothing }).start().join();
  const before = openDescriptors();
  const wrong: [object, string, RegExp][] = [
    [{ cwd: '/no/such/folder' }, 'BootstrapError', /could not be started: cwd is \/no\/such\/folder, which is no folder/],
    [{ name: 'a\0b' }, 'BootstrapError', /could not be started: .*null bytes/],
    [{ env: { LONG: 'x'.repeat(2 ** 20) } }, 'BootstrapError', /could not be started: .*E2BIG/],
    [{ args: [() => {}] }, 'SerializationError', /args\[0\]/],
    [{ target: () => {} }, 'FunctionReferenceError', /cannot be sent to another process/],
  ];
  for (const [options, name, message] of wrong) {
    const child = new Process({ target: nothing, ...options });
    assert.throws(() => child.start(), { name, message });
    assert.deepEqual([child.pid, child.isAlive()], [null, false]);
    assert.match(String(child), /initial/);
  }
  await until(
    () => openDescriptors() === before,
    () => `${openDescriptors()} descriptors instead of ${before}`,
  );
});

test('a Process cannot be sent', () => {
  const child = new Process({ target: nothing, name: 'Child' });
  assert.throws(() => new Process({ target: print, args: [{ child }] }).start(), {
    name: 'SerializationError',
    message: /Child cannot be sent: only its creator has its handle/,
  });
});

test('an option that Node does not know ends the child with its exit code', async () => {
  const child = new Process({ target: nothing, execArgv: ['--no-such-option'], stdio: 'pipe' }).start();
  const [code, errors] = await Promise.all([child.join(), text(child.stderr!)]);
  assert.equal(code, 9);
  assert.match(errors, /bad option: --no-such-option/);
});

test('environment, folder, options and arguments', async () => {
  process.env.FROM_PARENT = 'yes';
  process.env.NOT_FOR_CHILD = 'no';
  const child = new Process({
    target: report,
    args: ['env', 'cwd', 'execArgv', 'argv', 'stdin'],
    stdio: 'pipe',
    env: { NEW: '1', NOT_FOR_CHILD: undefined },
    cwd: tmpdir(),
    execArgv: ['--no-warnings'],
  }).start();
  const [code, output] = await Promise.all([child.join(), text(child.stdout!)]);
  const { env, cwd, execArgv, argv, stdin } = JSON.parse(output);
  assert.equal(code, 0);
  assert.deepEqual([env.FROM_PARENT, env.NEW, 'NOT_FOR_CHILD' in env, cwd], ['yes', '1', false, tmpdir()]);
  assert.deepEqual(
    Object.keys(env).filter((name) => /MULTIPROC_CHILD|NODE_TEST/.test(name)),
    [],
  );
  assert.deepEqual(execArgv, ['--no-warnings']);
  assert.deepEqual(argv, process.argv.slice(1));
  assert.equal(stdin, '');
});

test('a command line that is longer than an environment variable may be', async () => {
  const { argv } = process;
  process.argv = [...argv, ...Array.from({ length: 30 }, () => 'x'.repeat(10_000))];
  try {
    const child = new Process({ target: report, args: ['argv'], stdio: 'pipe' }).start();
    assert.deepEqual(JSON.parse(await text(child.stdout!)).argv, process.argv.slice(1));
  } finally {
    process.argv = argv;
  }
});

test('programs that a child runs inherit nothing of the library', {
  skip: process.platform !== 'linux' && 'reads /proc',
}, async () => {
  const child = new Process({ target: report, args: ['descriptors'], stdio: 'pipe' }).start();
  const { descriptors } = JSON.parse(await text(child.stdout!));
  assert.doesNotMatch(descriptors, /memfd|doorbell|multiproc-/);
  assert.equal(await child.join(), 0);
});

test('output by pipe is whole, whenever it is read', async () => {
  const child = new Process({ target: print, args: ['one', 2], stdio: 'pipe' }).start();
  assert.equal(child.joinSync(), 0);
  await child.join();
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(await text(child.stdout!), 'one 2\n');
  assert.equal(await text(child.stderr!), '');
});
