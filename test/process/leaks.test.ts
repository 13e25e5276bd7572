/** What a program holds does not grow with the processes that it has started. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import { runProgram, sessionFolders, temporaryFolder } from '../support/programs.js';

const skip = !existsSync('/proc/self/fd') && 'reads /proc';

test('100 processes one after the other leave nothing', { skip }, async () => {
  const temp = temporaryFolder();
  const { stdout, stderr, code } = await runProgram('programs/many.js', import.meta, { args: ['100'], temp });
  assert.deepEqual([code, stderr], [0, '']);
  const { before, after, fsck } = JSON.parse(stdout);
  assert.deepEqual(after, before);
  assert.deepEqual(fsck, []);
  assert.deepEqual(sessionFolders(temp), []);
});
