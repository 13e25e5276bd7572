/** Who owns a name, and when it goes. */
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { Process } from 'multiproc';
import { SharedMemory } from 'multiproc/shared-memory';
import { session } from '#dist/memory/session.js';
import { type Program, runProgram, sessionFolders, startProgram } from '../support/programs.js';
import { createInChild } from './programs/tasks.js';
import { exists, noDevShm, testName } from './support.js';

async function started(...args: string[]): Promise<{ program: Program; names: string[] }> {
  const program = startProgram('programs/own.js', import.meta, { args });
  const [, first, second] = await program.saw(/made (\S+) (\S+)\n/);
  return { program, names: [first, second] };
}

async function nextSession(temp: string): Promise<void> {
  const next = await runProgram('programs/session.js', import.meta, { temp });
  assert.deepEqual(next, { stdout: 'opened\n', stderr: '', code: 0, signal: null });
  assert.deepEqual(sessionFolders(temp), []);
}

function records(): string[] {
  return readdirSync(session().directory).filter((name) => name.startsWith('shm-'));
}

for (const [how, code, stderr] of [
  ['returns', 0, /^$/],
  ['exits', 3, /^$/],
  ['throws', 1, /Error: the program fails/],
] as const) {
  test(`the names of a program that ${how} go with it`, { skip: noDevShm }, async () => {
    const { program, names } = await started(how, testName());
    const outcome = await program.ended;
    assert.equal(outcome.code, code);
    assert.match(outcome.stderr, stderr);
    assert.deepEqual(names.filter(exists), []);
    assert.deepEqual(sessionFolders(program.temp), []);
  });
}

test('the names of a program that is killed go when the next session starts', { skip: noDevShm }, async () => {
  const { program, names } = await started('waits', testName());
  const kept = SharedMemory.attach(names[0]);
  program.process.kill('SIGKILL');
  await program.ended;
  assert.deepEqual(names.filter(exists), names);
  await nextSession(program.temp);
  assert.deepEqual(names.filter(exists), []);
  kept.buf[4999] = 1;
  assert.equal(kept.buf[4999], 1, 'who has it mapped keeps it');
});

test('a name that was made anew by somebody else meanwhile is left alone', { skip: noDevShm }, async () => {
  for (const end of ['SIGKILL', 'by itself'] as const) {
    const name = testName();
    const { program, names } = await started('waits', name);
    SharedMemory.attach(name).unlink();
    const ours = SharedMemory.create({ name, size: 5000 });
    if (end === 'SIGKILL') program.process.kill('SIGKILL');
    else program.type('now\n');
    await program.ended;
    await nextSession(program.temp);
    assert.deepEqual(names.map(exists), [true, false], end);
    ours.unlink();
  }
});

test('a block outlives the child that made it, and its records go with the name', { skip: noDevShm }, async () => {
  const before = records();
  const child = new Process({ target: createInChild, args: [100], stdio: 'pipe' }).start();
  const [code, output] = await Promise.all([child.join(), text(child.stdout!)]);
  assert.equal(code, 0);
  const shm = SharedMemory.attach(output.trim());
  assert.equal(shm.size, 100);
  assert.equal(records().length, before.length + 1);
  shm.unlink();
  assert.deepEqual(records(), before);
});

test('a creation that fails leaves neither record nor memory', { skip: noDevShm }, () => {
  const shm = SharedMemory.create({ size: 10 });
  const [before, blocks] = [records(), readdirSync('/dev/shm').length];
  for (let i = 0; i < 3; i++)
    assert.throws(() => SharedMemory.create({ name: shm.name, size: 10 }), { name: 'SharedMemoryExistsError' });
  assert.deepEqual(records(), before);
  assert.ok(readdirSync('/dev/shm').length <= blocks + 5);
  shm.unlink();
});

test('attaching needs no session', { skip: noDevShm }, async () => {
  const shm = SharedMemory.create({ size: 10 });
  const program = startProgram('programs/attach-only.js', import.meta, { args: [shm.name] });
  assert.deepEqual(await program.ended, { stdout: '0 session folders\n', stderr: '', code: 0, signal: null });
  assert.equal(shm.buf[0], 78);
  shm.unlink();
});
