/** SIGTERM and SIGHUP: the program ends by that signal, with what it has started and made. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  gone,
  isRunning,
  noTerminals,
  type Program,
  sessionFolders,
  startOnTerminal,
  startProgram,
  until,
} from '../support/programs.js';

const skip = noTerminals();

function start(...args: string[]): Program {
  return startProgram('programs/terminated.js', import.meta, { args });
}

async function pidsOf(program: Program): Promise<number[]> {
  const [, pids] = await program.saw(/ready ([\d ]+)\r?\n/);
  return pids.split(' ').map(Number);
}

/** What was printed after `ready`. */
function afterwards(program: Program): string {
  return program.stdout.replace(/^.*?ready [\d ]+\n/s, '');
}

for (const [how, signal] of [
  ['at its event loop', 'SIGTERM'],
  ['at its event loop', 'SIGHUP'],
  ['for a queue, blocking', 'SIGTERM'],
  ['for a child, blocking', 'SIGTERM'],
  ['for a busy pool', 'SIGTERM'],
] as const) {
  test(`${signal} to a program that waits ${how}`, async () => {
    const program = start(how);
    const pids = await pidsOf(program);
    program.process.kill(signal);
    const { code, signal: ended, stderr } = await program.ended;
    assert.deepEqual([code, ended, stderr, afterwards(program)], [null, signal, '', 'child heard\n']);
    assert.deepEqual(pids.filter(isRunning), []);
    assert.deepEqual(sessionFolders(program.temp), []);
  });
}

test('listeners that only clean up, like those of a spinner, leave the end to the library', { skip }, async () => {
  const program = startOnTerminal('programs/terminated.js', import.meta, { args: ['behind a spinner'] });
  const pids = await pidsOf(program);
  const [, pid] = await program.saw(/main (\d+)\r\n/);
  process.kill(Number(pid), 'SIGTERM');
  assert.equal((await program.ended).code, 143);
  assert.deepEqual(pids.filter(isRunning), []);
  assert.deepEqual(sessionFolders(program.temp), []);
});

test('a program that computes and hears nothing ends at the second', async () => {
  const program = start('and computes');
  const pids = await pidsOf(program);
  // Two that come before the first is dealt with are one to the system.
  const again = setInterval(() => program.process.kill('SIGTERM'), 20);
  const { signal } = await program.ended;
  clearInterval(again);
  assert.equal(signal, 'SIGTERM');
  await gone(pids);
});

test('a SIGTERM while the program computes ends its next sync wait', async () => {
  const program = start('and computes, then for a child');
  const [pid] = await pidsOf(program);
  program.process.kill('SIGTERM');
  process.kill(pid, 'SIGKILL');
  const { signal } = await program.ended;
  assert.deepEqual([signal, sessionFolders(program.temp)], ['SIGTERM', []]);
});

test('a program with a listener of its own decides for itself', async () => {
  const program = start('with a listener');
  const pids = await pidsOf(program);
  program.process.kill('SIGTERM');
  const { code, signal } = await program.ended;
  assert.deepEqual([code, signal, afterwards(program)], [7, null, 'mine\nchild heard\n']);
  assert.deepEqual(pids.filter(isRunning), []);
  assert.deepEqual(sessionFolders(program.temp), []);
});

test('children that are not daemonic go on, and the last one out removes the folder', async () => {
  const program = start('at its event loop', 'and another');
  const [daemonic, other] = await pidsOf(program);
  const exit = new Promise((resolve) => program.process.once('exit', resolve));
  program.process.kill('SIGTERM');
  await exit;
  assert.deepEqual([isRunning(daemonic), isRunning(other)], [false, true]);
  assert.equal(sessionFolders(program.temp).length, 1);
  process.kill(other, 'SIGTERM');
  await gone([other]);
});

test('a terminal that is closed ends the program and its children', { skip }, async () => {
  const program = startOnTerminal('programs/terminated.js', import.meta, { args: ['for a busy pool'] });
  const pids = await pidsOf(program);
  program.process.kill('SIGKILL');
  await gone(pids);
  await until(
    () => sessionFolders(program.temp).length === 0,
    () => 'its folder is still there',
  );
});
