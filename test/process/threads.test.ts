/** Worker threads that use the library: each has a session of its own. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runProgram, sessionFolders, temporaryFolder } from '../support/programs.js';

const once = 'isMain false\nsync\n0\nasync\n0\npooled true\n';
const twice = `${once}thread 1 ended: 0\n${once}thread 2 ended: 0\n`;

test('processes and pools started by worker threads', async () => {
  for (const [args, stdout] of [
    [[], twice],
    [['beside'], `${twice}main thread's child lives: true\n`],
  ] as const) {
    const temp = temporaryFolder();
    assert.deepEqual(await runProgram('programs/threads.js', import.meta, { args, temp }), {
      stdout,
      stderr: '',
      code: 0,
      signal: null,
    });
    assert.deepEqual(sessionFolders(temp), []);
  }
});
