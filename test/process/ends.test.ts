/** How a target ends shows in the exit code and on stderr. */
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { Process } from 'multiproc';
import { Program, programPath, runProgram } from '../support/programs.js';
import * as ends from './programs/ends.js';
import { print, sleep } from './programs/tasks.js';

interface End {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

async function endOf(target: (...args: any[]) => unknown, args: readonly unknown[] = []): Promise<End> {
  const child = new Process({ target, args, name: 'Child', stdio: 'pipe' }).start();
  const [code, stdout, stderr] = await Promise.all([child.join(), text(child.stdout!), text(child.stderr!)]);
  return { code, stdout, stderr };
}

const failures: [(...args: any[]) => unknown, RegExp][] = [
  [ends.throwAtOnce, /^Process Child:\nRangeError: thrown at once\n {4}at throwAtOnce \(file:.*ends\.js:\d+:\d+\)\n/],
  [ends.rejectLater, /^Process Child:\nTypeError: rejected later\n {4}at rejectLater \(.*\[cause\]: Error: the cause\n/s],
  [ends.throwInTimer, /^Process Child:\n.*ends\.js:\d+\n.*Error: thrown in a timer\n {4}at Timeout\._onTimeout \(.*ends\.js/s],
  [ends.rejectUnheard, /^Process Child:\n.*Error: rejected unheard\n {4}at rejectUnheard/s],
  [ends.throwText, /^Process Child:\n'only text'\n$/],
  [ends.throwUnshowable, /^Process Child:\na thrown object that cannot be shown\n$/],
  [ends.throwAfterExitCode, /^Process Child:\nError: thrown after exitCode\n/],
];

for (const [target, stderr] of failures) {
  test(`uncaught: ${target.name}`, async () => {
    const end = await endOf(target);
    assert.equal(end.stdout, '');
    assert.match(end.stderr, stderr);
    assert.equal(end.stderr.split('Process Child:').length, 2);
    assert.equal(end.code, 1);
  });
}

test('a target may handle its uncaught errors', async () => {
  assert.deepEqual(await endOf(ends.handleItself), { code: 0, stdout: 'handled: mine\n', stderr: '' });
});

test('a child ends when its event loop is empty', async () => {
  assert.deepEqual(await endOf(ends.leaveTimerAndServer), { code: 0, stdout: 'returned\ntimer\nclosed\n', stderr: '' });
  assert.deepEqual(await endOf(ends.neverSettle), { code: 0, stdout: 'waiting\n', stderr: '' });
});

test('a child ends without taking its engine apart, which may hang', async () => {
  const ended = (code: number) => ({ code, stdout: `exit 3\n`, stderr: '' });
  assert.deepEqual(await endOf(ends.abortInExitHandlers, ['return']), ended(3));
  assert.deepEqual(await endOf(ends.abortInExitHandlers, ['process.exit']), ended(3));
  assert.deepEqual(await endOf(ends.abortInExitHandlers, ['exit listener']), ended(4));
});

test('an end by an uncaught error that hangs in the engine is ended', async () => {
  const { code, stderr } = await endOf(ends.throwAndHang);
  assert.equal(code, -constants.signals.SIGALRM);
  assert.match(stderr, /^Process Child:\n.*ends\.js:\d+\n.*Error: thrown, then pausing/s);
});

test('errors that a target captures change nothing of its end', async () => {
  const { code, stdout, stderr } = await endOf(ends.captureMany);
  assert.deepEqual([code, stdout], [0, 'captured 20\n']);
  assert.doesNotMatch(stderr, /Warning/);
});

test('a child writes what Node writes at its end', async () => {
  for (const option of ['--cpu-prof', '--cpu_prof', '--heap-prof']) {
    for (const exit of [true, false]) {
      const folder = mkdtempSync(join(tmpdir(), 'written-'));
      try {
        const child = new Process({ target: ends.exitOrReturn, args: [exit], execArgv: [option], cwd: folder }).start();
        assert.equal(await child.join(), 0);
        assert.match(readdirSync(folder).join(), /^(CPU|Heap).*\.(cpu|heap)profile$/, option);
      } finally {
        rmSync(folder, { recursive: true });
      }
    }
  }
});

const isWithoutCache = !('flushCompileCache' in process.getBuiltinModule('node:module')) && 'this Node has no compile cache';

test('what a child compiled is kept where there is a compile cache', { skip: isWithoutCache }, async () => {
  for (const exit of [true, false]) {
    const folder = mkdtempSync(join(tmpdir(), 'compiled-'));
    try {
      const child = new Process({
        target: ends.exitOrReturn,
        args: [exit],
        env: { ...process.env, NODE_COMPILE_CACHE: folder },
      }).start();
      assert.equal(await child.join(), 0);
      assert.ok(readdirSync(folder, { recursive: true }).length > 3);
    } finally {
      rmSync(folder, { recursive: true });
    }
  }
});

const LINES = 65_536;
const MUCH = Array.from({ length: LINES }, (_, line) => `${String(line).padStart(15, '0')}\n`).join('');

test('output by pipe is whole to the last byte', async () => {
  for (const exit of [true, false]) {
    const { code, stdout, stderr } = await endOf(ends.writeMuch, [LINES, exit]);
    assert.equal(code, 0);
    assert.ok(stdout === MUCH, `${stdout.length} of ${MUCH.length} characters`);
    assert.equal(stderr, 'last words\n');
  }
});

for (const kind of ['socket', 'pipe'] as const)
  test(`so is inherited output, where that is a ${kind}`, async () => {
    const path = programPath('programs/output.js', import.meta);
    const command = `'${process.execPath}' '${path}' much ${LINES}`;
    const program = new Program('sh', ['-c', kind === 'pipe' ? `${command} | cat` : `exec ${command}`]);
    const { stdout, stderr, code } = await program.ended;
    const expected = `main\n${MUCH}0\n`.repeat(2);
    assert.ok(stdout === expected, `${stdout.length} of ${expected.length} characters`);
    assert.deepEqual([code, stderr], [0, 'last words\nlast words\n']);
  });

test('output that nobody reads any more is an error of the child', async () => {
  const child = new Process({ target: ends.writeMuch, args: [LINES, false], stdio: 'pipe' }).start();
  child.stdout!.destroy();
  const [code, stderr] = await Promise.all([child.join(), text(child.stderr!)]);
  assert.equal(code, 1);
  assert.match(stderr, /Error: (write )?EPIPE/);
});

test("inherited output is the program's, ignored output is nobody's", async () => {
  assert.deepEqual(await runProgram('programs/output.js', import.meta), {
    stdout: 'from the child\n0\n0\nmain\n',
    stderr: 'last words\n',
    code: 0,
    signal: null,
  });
});

test('output of a daemonic child that nobody reads keeps no program alive, until somebody reads', async () => {
  const outcome = await runProgram('programs/output.js', import.meta, { args: ['daemonic'] });
  assert.deepEqual(outcome, { stdout: 'heard: 123\nmain\n', stderr: '', code: 0, signal: null });
});

test('stdout and stderr are null unless piped', () => {
  for (const stdio of ['inherit', 'ignore'] as const) {
    const child = new Process({ target: stdio === 'ignore' ? print : sleep, stdio, daemon: true }).start();
    assert.deepEqual([child.stdout, child.stderr], [null, null]);
    child.kill();
  }
});
