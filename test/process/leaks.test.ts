/** What a program holds does not grow with the processes that it has started. */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Program, programPath, runProgram, sessionFolders, temporaryFolder } from '../support/programs.js';

const skip = !existsSync('/proc/self/fd') && 'reads /proc';

// Of each sort one before, two that are looked at; hundreds in starts.soak.test.ts.
test('processes one after the other leave nothing', { skip }, async () => {
  const temp = temporaryFolder();
  const { stdout, stderr, code } = await runProgram('programs/many.js', import.meta, { args: ['10'], temp });
  assert.deepEqual([code, stderr], [0, '']);
  const { before, after, fsck } = JSON.parse(stdout);
  assert.deepEqual(after, before);
  assert.deepEqual(fsck, []);
  assert.deepEqual(sessionFolders(temp), []);
});

test('a start that the system refuses is an error, leaves nothing, and the next one succeeds', { skip }, async () => {
  const temp = temporaryFolder();
  const program = programPath('programs/limited.js', import.meta);
  const { ended } = new Program('sh', ['-c', `ulimit -n 46; exec '${process.execPath}' '${program}'`], { temp });
  const { stdout, stderr, code } = await ended;
  assert.deepEqual([code, stderr], [0, '']);
  const [first, second, exitCode, rest] = stdout.trim().split('\n');
  for (const refusal of [first, second])
    assert.match(refusal, /^ERR_MULTIPROC_\w+: .*(?:limit of (?:processes or of )?open files|EMFILE)/);
  assert.equal(exitCode, '0');
  assert.deepEqual(JSON.parse(rest), { doorbells: 1, fsck: [] });
  assert.deepEqual(sessionFolders(temp), []);
});

test('without a temp folder there is an error that says so', async () => {
  const { ended } = new Program(process.execPath, [programPath('programs/session.js', import.meta)], { temp: '/no/such/folder' });
  const { stderr, code } = await ended;
  assert.equal(code, 1);
  assert.match(
    stderr,
    /SharedMemoryError: multiproc cannot make a folder of its own in \/no\/such\/folder: set TMPDIR to a folder/,
  );
});

test('a link that looks like an abandoned session is left alone, and so is what it leads to', async () => {
  const temp = temporaryFolder();
  const precious = temporaryFolder();
  writeFileSync(join(precious, 'file'), 'content');
  symlinkSync(precious, join(temp, 'multiproc-link'));
  mkdirSync(join(temp, 'multiproc-abandoned'));
  const { code } = await runProgram('programs/session.js', import.meta, { temp });
  assert.equal(code, 0);
  assert.deepEqual(sessionFolders(temp), ['multiproc-link']);
  assert.equal(readFileSync(join(precious, 'file'), 'utf8'), 'content');
});
