/** Ctrl-C on a real terminal: a program ends once, with one message, and leaves nothing. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gone, noTerminals, type Program, sessionFolders, startOnTerminal } from '../support/programs.js';

const CTRL_C = '\x03';
const skip = noTerminals();

function start(how: string): Program {
  return startOnTerminal('programs/interrupted.js', import.meta, { args: [how] });
}

async function pidsOf(program: Program): Promise<number[]> {
  const [, pids] = await program.saw(/ready ([\d ]+)\r\n/);
  return pids.split(' ').map(Number);
}

/** What was printed after the keys were pressed, without the terminal's own echo of them. */
function afterKeys(program: Program): string {
  return program.stdout
    .replace(/^.*?ready [\d ]+\r\n/s, '')
    .replaceAll('^C', '')
    .replaceAll('\r\n', '\n');
}

async function leavesNothing(program: Program, pids: readonly number[]): Promise<void> {
  await gone(pids);
  assert.deepEqual(sessionFolders(program.temp), []);
}

// Values, queues and locks wait in one way: each form of the wait once here, with each object in the soak test.
for (const how of [
  'pool',
  'busy pool',
  'idle pool',
  'process',
  'join',
  'joins in a loop',
  'a queue, in use',
  ...(process.env.MULTIPROC_SOAK === undefined ? [] : ['a queue, blocking', 'a lock, in use']),
  'a lock, blocking',
]) {
  test(`a program with: ${how}`, { skip }, async () => {
    const program = start(how);
    const pids = await pidsOf(program);
    program.type(CTRL_C);
    const { code } = await program.ended;
    assert.equal(afterKeys(program), '\nInterrupted: the program and its child processes end.\nexit 130\n');
    assert.equal(code, 130);
    await leavesNothing(program, pids);
  });
}

test('listeners that only clean up, like those of a spinner, leave the end to the library', { skip }, async () => {
  const program = start('spinner');
  const pids = await pidsOf(program);
  program.type(CTRL_C);
  const { code, stdout } = await program.ended;
  assert.equal(stdout.split('Interrupted: the program and its child processes end.').length, 2, stdout);
  assert.equal(code, 130);
  await leavesNothing(program, pids);
});

test('a program that computes and hears nothing ends at the second', { skip }, async () => {
  const program = start('compute');
  const pids = await pidsOf(program);
  // Two that come before the first is dealt with are one to the system.
  const fingers = setInterval(() => program.type(CTRL_C), 20);
  const { code } = await program.ended;
  clearInterval(fingers);
  assert.equal(code, 130);
  await gone(pids);
});

test('a Ctrl-C while the program computes ends its next sync wait', { skip }, async () => {
  const program = start('compute, then join');
  const pids = await pidsOf(program);
  program.type(CTRL_C);
  const { code } = await program.ended;
  assert.equal(afterKeys(program), '\nInterrupted: the program and its child processes end.\nexit 130\n');
  assert.equal(code, 130);
  await leavesNothing(program, pids);
});

test('a second one kills children that do not end', { skip }, async () => {
  const program = start('stubborn child');
  const pids = await pidsOf(program);
  program.type(CTRL_C);
  await program.saw('not on SIGTERM');
  program.type(CTRL_C);
  const { code } = await program.ended;
  assert.match(afterKeys(program), /\nInterrupted: the program and its child processes end\.\nexit 130\n$/);
  assert.equal(code, 130);
  await leavesNothing(program, pids);
});

test('a program with a listener of its own decides for itself, each time', { skip }, async () => {
  const program = start('own listener');
  const pids = await pidsOf(program);
  program.type(CTRL_C);
  await program.saw('mine 1');
  program.type(CTRL_C);
  const { code } = await program.ended;
  assert.equal(afterKeys(program), 'mine 1\nmine 2\nexit 7\n');
  assert.equal(code, 7);
  await leavesNothing(program, pids);
});

test('its listener is called when a sync wait is over', { skip }, async () => {
  const program = start('own listener and join');
  const pids = await pidsOf(program);
  program.type(CTRL_C);
  await program.saw('mine 1');
  program.type(CTRL_C);
  const { code } = await program.ended;
  assert.equal(afterKeys(program), 'joined -2\nmine 1\nmine 2\nexit 7\n');
  assert.equal(code, 7);
  await leavesNothing(program, pids);
});

test('workers go on when the program does', { skip }, async () => {
  const program = start('pool that goes on');
  const pids = await pidsOf(program);
  program.type(CTRL_C);
  const { code } = await program.ended;
  assert.equal(afterKeys(program), 'mine\nsame workers: true\nexit 0\n');
  assert.equal(code, 0);
  await leavesNothing(program, pids);
});

test('with no child left, Ctrl-C is what it is in any program', { skip }, async () => {
  const program = start('children that ended');
  await pidsOf(program);
  program.type(CTRL_C);
  const { code } = await program.ended;
  assert.equal(afterKeys(program), '');
  assert.equal(code, 130);
});
