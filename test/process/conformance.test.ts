/** CPython's tests of Process and Finalize, by their names there (test/_test_multiprocessing.py). */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { activeChildren, cpuCount, currentProcess, Event, Pipe, Process, parentProcess, Queue } from 'multiproc';
import { sweepCollected } from '#dist/memory/collected.js';
import { Program, programPath, runProgram } from '../support/programs.js';
import { within } from '../support/within.js';
import * as programs from './programs/conformance.js';
import { nothing, sleep } from './programs/tasks.js';
import { Doubler } from './programs/workers.js';

test('_TestProcess.test_current', () => {
  const current = currentProcess();
  assert.equal(current.isAlive(), true);
  assert.equal(current.daemon, false);
  assert.ok(Buffer.isBuffer(current.authkey) && current.authkey.length > 0);
  assert.equal(current.pid, process.pid);
  assert.equal(current.exitCode, null);
});

test('_TestProcess.test_args_argument', async () => {
  const queue = new Queue<unknown>();
  for (const args of [[queue, 1], Object.freeze([queue, 1] as [Queue<unknown>, number])]) {
    await new Process({ target: programs.tellArguments, args: args as [Queue<unknown>, number] }).start().join();
    assert.deepEqual(await queue.get(), [1]);
  }
});

test('_TestProcess.test_daemon_argument', async () => {
  const queue = new Queue<unknown>();
  assert.equal(new Process({ target: nothing }).daemon, currentProcess().daemon);
  for (const daemon of [true, false]) {
    const child = new Process({ target: programs.tellDaemon, args: [queue], daemon });
    assert.equal(child.daemon, daemon);
    assert.equal(await child.start().join(), 0);
    assert.deepEqual(await queue.get(), [daemon, daemon]);
  }
});

test('_TestProcess.test_parent_process_attributes', async () => {
  assert.equal(parentProcess(), null);
  const [reader, writer] = Pipe(false);
  const child = new Process({ target: programs.tellParents, args: [writer, 1] }).start();
  assert.deepEqual(await reader.recv(), [process.pid, 'MainProcess', process.pid]);
  assert.deepEqual(await reader.recv(), [child.pid, child.name, child.pid]);
  assert.equal(await child.join(), 0);
});

test('_TestProcess.test_process', async () => {
  const queue = new Queue<unknown>();
  const child = new Process({ target: programs.tellSelf, args: [queue, 1, 2, { hello: 23, bye: 2.54 }], name: 'SomeProcess' });
  child.daemon = true;
  const current = currentProcess();
  assert.ok(child.authkey.equals(current.authkey));
  assert.deepEqual([child.isAlive(), child.daemon, child.exitCode], [false, true, null]);
  assert.equal(activeChildren().includes(child), false);
  child.start();
  assert.deepEqual([child.exitCode, child.isAlive()], [null, true]);
  assert.ok(activeChildren().includes(child));
  const key = Buffer.from(current.authkey);
  assert.deepEqual(await queue.get(), [[1, 2, { hello: 23, bye: 2.54 }], 'SomeProcess', key, child.pid]);
  await child.join();
  assert.deepEqual([child.exitCode, child.isAlive()], [0, false]);
  assert.equal(activeChildren().includes(child), false);
});

for (const [name, use, code] of [
  ['terminate', 'terminate', -15],
  ['kill', 'kill', -9],
] as const) {
  const ends = async (): Promise<void> => {
    const child = new Process({ target: sleep });
    child.daemon = true;
    child.start();
    assert.equal(child.isAlive(), true);
    assert.ok(activeChildren().includes(child));
    assert.equal(child.exitCode, null);
    for (const timeout of [0, -1, -Infinity]) {
      assert.equal(await child.join({ timeout }), null);
      assert.equal(child.joinSync({ timeout }), null);
    }
    assert.equal(child.isAlive(), true);
    child[use]();
    assert.equal(await within(child.join(), 'its end'), code);
    assert.deepEqual([child.isAlive(), child.exitCode], [false, code]);
    assert.equal(activeChildren().includes(child), false);
  };
  if (name === 'terminate') test('_TestProcess.test_terminate', ends);
  else test('_TestProcess.test_kill', ends);
}

test('_TestProcess.test_cpu_count', () => {
  assert.ok(Number.isInteger(cpuCount()) && cpuCount() >= 1);
});

test('_TestProcess.test_active_children', async () => {
  const stay = new Event();
  const child = new Process({ target: programs.stayUntil, args: [stay] });
  assert.equal(activeChildren().includes(child), false);
  child.daemon = true;
  child.start();
  assert.ok(activeChildren().includes(child));
  stay.set();
  await child.join();
  assert.equal(activeChildren().includes(child), false);
});

test('_TestProcess.test_recursion', async () => {
  const [reader, writer] = Pipe(false);
  await new Process({ target: programs.recurse, args: [writer, []] }).start().join();
  const seen: unknown[] = [];
  for (let id = reader.tryRecv(); id !== undefined; id = reader.tryRecv()) seen.push(id);
  assert.deepEqual(seen, [[], [0], [0, 0], [0, 1], [1], [1, 0], [1, 1]]);
});

test('_TestProcess.test_close', async () => {
  const queue = new Queue<unknown>();
  const child = new Process({ target: programs.getOne, args: [queue] });
  child.daemon = true;
  child.start();
  assert.equal(child.isAlive(), true);
  assert.throws(() => child.close(), { name: 'ProcessError', message: /still running/ });
  await queue.put(null);
  await child.join();
  assert.deepEqual([child.isAlive(), child.exitCode], [false, 0]);
  child.close();
  assert.throws(() => child.isAlive(), { name: 'ProcessError', message: /closed/ });
  await assert.rejects(child.join(), { name: 'ProcessError' });
  assert.throws(() => child.terminate(), { name: 'ProcessError' });
  child.close();
  const { closed } = closedAndDropped();
  sweepCollected();
  assert.equal(closed.deref(), undefined);
});

/** In a function of its own: its frame holds the Process. */
function closedAndDropped(): { closed: WeakRef<Process> } {
  const child = new Process({ target: nothing });
  child.close();
  return { closed: new WeakRef(child) };
}

test('_TestProcess.test_many_processes', async () => {
  const sleepers = Array.from({ length: 2 }, () => new Process({ target: sleep, daemon: true }).start());
  const others = Array.from({ length: 2 }, () => new Process({ target: nothing }).start());
  for (const child of others) assert.equal(await child.join(), 0);
  for (const child of sleepers) child.terminate();
  for (const child of sleepers) assert.equal(await child.join(), -15);
});

test('_TestProcess.test_lose_target_ref', async () => {
  // What a Process was given goes with it.
  const { object, child } = startedWithObject();
  assert.equal(await child.join(), 0);
  child.close();
  await new Promise((resolve) => setImmediate(resolve));
  sweepCollected();
  assert.equal(object.deref(), undefined);
});

function startedWithObject(): { object: WeakRef<object>; child: Process } {
  const object = { a: 1 };
  return { object: new WeakRef(object), child: new Process({ target: programs.ignore, args: [object] }).start() };
}

test('_TestProcess.test_child_fd_inflation', { skip: !existsSync('/proc/self/fd') && 'reads /proc' }, async () => {
  const queue = new Queue<number>();
  const stay = new Event();
  const children = Array.from({ length: 4 }, () => {
    const child = new Process({ target: programs.tellDescriptors, args: [queue, stay] });
    return child;
  });
  const counts: number[] = [];
  // Each starts while those before run.
  for (const child of children) {
    child.start();
    counts.push(await within(queue.get(), 'the number of its descriptors'));
  }
  assert.deepEqual(new Set(counts).size, 1, counts.join());
  stay.set();
  for (const child of children) assert.equal(await child.join(), 0);
});

test('_TestProcess.test_wait_for_threads', async () => {
  const [reader, writer] = Pipe<string>(false);
  const child = new Process({ target: programs.leaveThreads, args: [writer] }).start();
  assert.equal(await within(child.join(), 'its end'), 0);
  assert.equal(reader.tryRecv(), 'at the end');
});

test('_TestProcess.test_error_on_stdio_flush_1', async () => {
  const program = `'${process.execPath}' '${programPath('programs/conformance.js', import.meta)}' stdio`;
  for (const redirection of ['>&-', '2>&-', '>&- 2>&-', '<&-']) {
    const { stdout, stderr } = await new Program('sh', ['-c', `${program} ${redirection}; echo $?`]).ended;
    assert.deepEqual([stdout, stderr], ['7\n', ''], redirection);
  }
});

test('_TestSubclassingProcess.test_subclassing', async () => {
  const [ours, theirs] = Pipe<number, number | null>();
  const doubler = new Doubler(theirs);
  doubler.daemon = true;
  doubler.start();
  await ours.send(16);
  assert.equal(await ours.recv(), 32);
  await ours.send(5);
  assert.equal(await ours.recv(), 10);
  await ours.send(null);
  assert.equal(await doubler.join(), 0);
});

test('_TestSubclassingProcess.test_stderr_flush', async () => {
  const child = new Process({ target: programs.throwWithSource, stdio: 'pipe' }).start();
  const [code, errors] = await Promise.all([child.join(), text(child.stderr!)]);
  assert.equal(code, 1);
  assert.match(errors, /Error: 0 of 1\/0\n {4}at throwWithSource \(file:.*conformance\.js:\d+/);
});

test('_TestSubclassingProcess.test_sys_exit', async () => {
  const endOf = async (target: (reason: unknown) => void, reason: unknown): Promise<[number | null, string]> => {
    const child = new Process({ target, args: [reason], stdio: 'pipe' }).start();
    return Promise.all([child.join(), text(child.stderr!)]);
  };
  const codes = [
    [0, 0],
    [8, 8],
    [undefined, 0],
    [-1, 255],
    ['9', 9],
  ] as const;
  for (const target of [programs.exitBy, programs.exitCodeBy]) {
    // Numbers are Node's own affair, whichever way it gets them.
    for (const [reason, expected] of target === programs.exitBy ? codes : codes.slice(2))
      assert.deepEqual(await endOf(target, reason), [expected, '']);
    // What is no code is an error of the target.
    for (const reason of target === programs.exitBy ? [[1, 2, 3], 'ignore this'] : ['ignore this']) {
      const [code, errors] = await endOf(target, reason);
      assert.equal(code, 1);
      assert.match(errors, /^Process Process-\d+:\nTypeError/);
    }
  }
});

test('TestFlags.test_flags', async () => {
  const execArgv = ['--no-warnings', '--stack-trace-limit=7'];
  const outcome = await runProgram('programs/conformance.js', import.meta, { args: ['flags'], execArgv });
  const expected = JSON.stringify(['Process-1:1', { execArgv, stackTraceLimit: 7 }]);
  assert.deepEqual(outcome, { stdout: `${expected}\n`, stderr: '', code: 0, signal: null });
});

test('_TestFinalize.test_finalize', async () => {
  const [reader, writer] = Pipe<string>(false);
  assert.equal(await new Process({ target: programs.registerAll, args: [writer] }).start().join(), 0);
  const said: unknown[] = [];
  for (let word = reader.tryRecv(); word !== undefined; word = reader.tryRecv()) said.push(word);
  assert.deepEqual(said, ['a', 'b', 'd10', 'd03', 'd02', 'd01', 'e', 'STOP']);
});
