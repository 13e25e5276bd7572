/** What becomes of children when their parent ends. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gone, isRunning, type Program, runProgram, sessionFolders, startProgram, temporaryFolder } from '../support/programs.js';

/** A session's folder of a killed program stays until the next session starts. */
async function nextSessionCleans(temp: string): Promise<void> {
  const next = await runProgram('programs/session.js', import.meta, { temp });
  assert.deepEqual(next, { stdout: '0\n', stderr: '', code: 0, signal: null });
  assert.deepEqual(sessionFolders(temp), []);
}

async function start(daemon: 'daemonic' | 'other', how: string): Promise<{ program: Program; pids: number[] }> {
  const program = startProgram('programs/orphans.js', import.meta, { args: [daemon, how] });
  await program.saw(/pid \d+\n(?:.*\n)*pid \d+\n/);
  return { program, pids: [...program.stdout.matchAll(/pid (\d+)/g)].map(([, pid]) => Number(pid)) };
}

for (const signal of ['SIGKILL', 'SIGTERM'] as const) {
  test(`daemonic children and grandchildren end with a program that is ended by ${signal}`, async () => {
    const { program, pids } = await start('daemonic', 'is killed');
    program.process.kill(signal);
    await gone(pids);
    assert.deepEqual(await program.ended, { ...(await program.ended), code: null, signal, stderr: '' });
    // After SIGTERM nothing is left to clean.
    if (signal === 'SIGTERM') assert.deepEqual(sessionFolders(program.temp), []);
    await nextSessionCleans(program.temp);
  });
}

test('a daemonic child ends with a parent that is killed while it boots', async () => {
  const temp = temporaryFolder();
  const programs = [1, 2, 3].map(() =>
    startProgram('programs/orphans.js', import.meta, { args: ['none', 'is killed while a child boots'], temp }),
  );
  for (const program of programs) {
    const { signal, stderr, stdout } = await program.ended;
    assert.deepEqual([signal, stderr], ['SIGKILL', '']);
    await gone([Number(/pid (\d+)/.exec(stdout)![1])]);
  }
  await nextSessionCleans(temp);
});

test('a program that ends waits for the orphans of a child that was killed, and removes the folder', async () => {
  const temp = temporaryFolder();
  const outcome = await runProgram('programs/orphans.js', import.meta, { args: ['none', 'has killed its child'], temp });
  assert.deepEqual(outcome, { stdout: '', stderr: '', code: 0, signal: null });
  assert.deepEqual(sessionFolders(temp), []);
});

test('other children go on without a killed parent, and the last one out removes the folder', async () => {
  const { program, pids } = await start('other', 'is killed');
  program.process.kill('SIGKILL');
  await new Promise((resolve) => program.process.once('exit', resolve));
  await nextSessionLeaves(program.temp);
  assert.deepEqual(pids.filter(isRunning), pids);
  for (const pid of pids) process.kill(pid, 'SIGTERM');
  await gone(pids);
  await nextSessionCleans(program.temp);
});

/** The folder of a session that lives on is not touched. */
async function nextSessionLeaves(temp: string): Promise<void> {
  const before = sessionFolders(temp);
  assert.equal(before.length, 1);
  await runProgram('programs/session.js', import.meta, { temp });
  assert.deepEqual(sessionFolders(temp), before);
}

for (const [how, code, stderr] of [
  ['returns', 0, /^$/],
  ['exits', 3, /^$/],
  ['throws', 1, /Error: the program fails/],
] as const) {
  test(`a program that ${how} takes its daemonic children with it`, async () => {
    const { program, pids } = await start('daemonic', how);
    program.type('now\n');
    const outcome = await program.ended;
    assert.deepEqual(pids.filter(isRunning), []);
    assert.equal(outcome.code, code);
    assert.match(outcome.stderr, stderr);
    assert.deepEqual(sessionFolders(program.temp), []);
  });
}

test('a program that returns waits for its other children', async () => {
  const { program, pids } = await start('other', 'returns');
  program.type('now\n');
  // The grandchild first: of two that are killed at the same time neither removes the folder.
  for (const pid of pids.reverse()) {
    process.kill(pid, 'SIGTERM');
    await gone([pid]);
  }
  assert.deepEqual({ ...(await program.ended), stdout: '' }, { stdout: '', stderr: '', code: 0, signal: null });
  assert.deepEqual(sessionFolders(program.temp), []);
});

test('a program that exits leaves its other children to themselves, also one that boots', async () => {
  const program = startProgram('programs/leave.js', import.meta);
  const [, pid] = await program.saw(/child (\d+)\n/);
  await new Promise((resolve) => program.process.once('exit', resolve));
  await program.saw('worked\n');
  await gone([Number(pid)]);
  assert.deepEqual(await program.ended, { stdout: `child ${pid}\nworked\n`, stderr: '', code: 4, signal: null });
  assert.deepEqual(sessionFolders(program.temp), []);
});
