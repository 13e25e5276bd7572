/** Contexts and start methods beyond CPython's own tests. */
import assert from 'node:assert/strict';
import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { runProgram, temporaryFolder } from '../support/programs.js';

async function run(...args: string[]): Promise<string[]> {
  const { stdout, stderr, code } = await runProgram('programs/methods.js', import.meta, { args });
  assert.deepEqual([code, stderr], [0, '']);
  return stdout.trim().split('\n');
}

test('a context has all that the entry points export', async () => {
  assert.deepEqual(await run('has everything'), [
    '[]',
    "[ 'Array' ]",
    '[] true',
    "<WarmProcess name='Process-N' parent=N initial> true",
  ]);
});

test('what there is not, or cannot be changed any more, is an error that says so', async () => {
  const [fork, none, seven, thread, late, ...start] = await run('refuses');
  assert.match(fork, /^StartMethodError ERR_MULTIPROC_START_METHOD 'fork' cannot be: .* Use 'spawn', or 'warm'/);
  assert.equal(none, "RangeError ERR_MULTIPROC_ARGUMENT there is no start method 'none': use 'spawn' or 'warm'");
  assert.match(seven, /^TypeError ERR_MULTIPROC_ARGUMENT .*not number/);
  assert.match(thread, /^StartMethodError .*getContext\('thread'\) and multiproc\/dummy.*do not exist yet/);
  assert.match(late, /^StartMethodError .* is 'spawn' already: .*\{ force: true \}/);
  assert.match(start[0], /^TypeError ERR_MULTIPROC_ARGUMENT .*an empty text/);
  for (const line of start.slice(1, 4)) assert.match(line, /^TypeError ERR_MULTIPROC_ARGUMENT/);
  assert.match(start[4], /^BootstrapError .*Is \/no\/such\/node still there/);
});

test('another executable and other options of Node', async () => {
  const node = join(temporaryFolder(), 'another-node');
  symlinkSync(process.execPath, node);
  const lines = await run('starts otherwise', node);
  // Node tells the path of the file itself.
  assert.deepEqual(lines, Array(2).fill(JSON.stringify([process.execPath, ['--no-warnings']])));
});
