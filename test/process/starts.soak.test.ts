/** Ten thousand processes, spawned and warm, leave nothing: no descriptor, FIFO, heap block, listener or zombie. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import { Program, programPath, sessionFolders, temporaryFolder } from '../support/programs.js';

const skip = !existsSync('/proc/self/fd') && 'reads /proc';
const rounds = Number(process.env.STARTS ?? (process.env.MULTIPROC_SOAK === 'short' ? 300 : 10_000));
const PATIENCE_MS = 4 * 60 * 60 * 1000;

test(`${rounds} processes one after the other leave nothing`, { skip }, async () => {
  const temp = temporaryFolder();
  const args = ['--expose-gc', programPath('programs/starts.js', import.meta), String(rounds)];
  const { ended } = new Program(process.execPath, args, { temp, patience: PATIENCE_MS });
  const { stdout, code, stderr } = await ended;
  assert.equal(code, 0, stderr);
  const { before, after, fsck } = JSON.parse(stdout);
  assert.deepEqual(fsck, []);
  assert.deepEqual(after, before);
  assert.equal(before.children, '');
  assert.deepEqual(sessionFolders(temp), []);
});
