/** The start method 'warm': what its spares do, and what becomes of them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gone, isRunning, runProgram, sessionFolders, startProgram, temporaryFolder } from '../support/programs.js';
import { repetitions } from '../support/repetitions.js';

async function run(...args: readonly string[]): Promise<string[]> {
  const temp = temporaryFolder();
  const { stdout, stderr, code } = await runProgram('programs/warm.js', import.meta, { args, temp });
  assert.deepEqual([code, stderr], [0, ''], stdout);
  assert.deepEqual(sessionFolders(temp), []);
  return stdout.trim().split('\n');
}

test('a spare finds what a fresh process would; where it cannot, a fresh one is started', async () => {
  const [withEnvironment, elsewhere, moved, ...others] = (await run('surroundings')).map((line) => JSON.parse(line));
  const same = { argv: [], execArgv: [], listeners: 0, code: 0, isChild: true };
  const cwd = process.cwd();
  assert.deepEqual(withEnvironment, { ...same, cwd, added: 'yes', argv: ['surroundings'], isSpare: true });
  assert.deepEqual([elsewhere.cwd, elsewhere.isSpare, moved.cwd, moved.isSpare], ['/', true, '/tmp', true]);
  assert.deepEqual(
    others.map(({ isSpare, isChild, code }) => [isSpare, isChild, code]),
    [
      [false, true, 0],
      [false, true, 0],
      [false, true, 0],
    ],
  );
});

test('nothing boots before the method is used', async () => {
  assert.deepEqual(await run('is off unless used'), ['before 0', 'after 1']);
});

test('a program that only blocks gets spares, too', async () => {
  assert.deepEqual(await run('blocks only'), ['a spare was taken']);
});

test('a spare that is killed with its orders is a process that was killed', async () => {
  assert.deepEqual(await run('is killed with orders'), ['true true', '-9 SIGKILL', '0 []']);
});

test('a spare that is killed at any moment loses no start', async () => {
  assert.deepEqual(await run('is killed at any moment', String(repetitions(4, 30))), ['[] []']);
});

test('nobody waits for what only a spare could bring', async () => {
  assert.deepEqual(await run('deadlocks'), ['DeadlockError']);
});

test('idle spares end, and come back', async () => {
  assert.deepEqual(await run('idles'), ['gone []', 'back 1']);
});

test('one that has work heeds Ctrl-C again', async () => {
  assert.deepEqual(await run('interrupts'), ['-2']);
});

test("a context's pool takes spares, another does not", async () => {
  assert.deepEqual(await run('pools'), ['true', 'false']);
});

test('children use the method of their parent', async () => {
  assert.deepEqual(await run('nests'), ['warm warm warm']);
});

test('spares and daemonic processes end with a parent that is killed, others do not', async () => {
  const program = startProgram('programs/warm.js', import.meta, { args: ['has spares and children'] });
  const { spares, daemonic, other } = JSON.parse((await program.saw(/\{.*\}/))[0]);
  assert.ok(spares.length > 0);
  program.process.kill('SIGKILL');
  await gone([...spares, daemonic]);
  assert.ok(isRunning(other));
  process.kill(other, 'SIGKILL');
  await program.ended;
});
