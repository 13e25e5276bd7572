/** A main module without its guard: an error that shows the guard, and never more than a few processes. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { gone, type Outcome, runProgram, sessionFolders, temporaryFolder } from '../support/programs.js';

/** Plain JavaScript is not built. */
const COMMONJS = '../../../test/process/programs/unguarded.cjs';
const MOMENTS = [
  'at the top level',
  'after an await',
  'without waiting',
  'in a timer',
  'in setImmediate',
  'in nextTick',
  'in a microtask',
  'in a test',
];
/** The guard of a Pool is that of its workers: where the moment changes who hears of the error. */
const MOMENTS_OF_POOLS = ['at the top level', 'after an await', 'in a timer', 'in a test'];
/** Main program, two workers, and what a pool tries again. */
const MOST_PROCESSES = 8;

async function run(
  program: string,
  args: readonly string[],
  execArgv: readonly string[] = [],
): Promise<Outcome & { pids: number[] }> {
  const temp = temporaryFolder();
  const started = join(temp, 'started');
  const outcome = await runProgram(program, import.meta, { args, execArgv, temp, env: { STARTED: started } });
  const pids = readFileSync(started, 'utf8').trim().split('\n').map(Number);
  await gone(pids);
  assert.deepEqual(sessionFolders(temp), []);
  return { ...outcome, pids };
}

function assertShowsGuard(stderr: string, what: string, file: string): void {
  assert.match(stderr, new RegExp(`${what.replace(/[().]/g, '\\$&')} was reached while a child process imported .*${file}`));
  assert.match(stderr, /import \{ isMain \} from 'multiproc';\n *\n +if \(isMain\(import\.meta\)\)/);
}

for (const when of MOMENTS) {
  test(`a Process ${when}`, async () => {
    const { stdout, stderr, code, pids } = await run('programs/unguarded.js', ['process', when]);
    assert.equal(pids.length, 2);
    assert.equal(code, 0);
    assertShowsGuard(when === 'in a test' ? stdout : stderr, 'Process.start()', 'unguarded.js');
    // What fails inside a test is the test's failure, which node:test reports, with exit code 1.
    assert.match(stdout, /^exit code 1\n/m);
    if (when !== 'in a test')
      assert.match(stderr, /^Process Process-1:\nBootstrapError|^Process Process-1:\nfile:.*\n.*BootstrapError/s);
  });
}

for (const when of MOMENTS_OF_POOLS) {
  test(`a Pool ${when}`, async () => {
    const { stdout, stderr, code, pids } = await run('programs/unguarded.js', ['pool', when]);
    assert.ok(pids.length >= 2 && pids.length <= MOST_PROCESSES, `${pids.length} processes were started`);
    assert.equal(code, 0);
    // There node:test catches the error and reports it in its own way; the tasks may run all the same.
    if (when === 'in a test') return;
    assertShowsGuard(stderr, 'new Pool()', 'unguarded.js');
    assert.match(stdout, /^BootstrapError ERR_MULTIPROC_BOOTSTRAP\n$/);
  });
}

test('a CommonJS main module', async () => {
  const without = await run(COMMONJS, ['unguarded']);
  assert.equal(without.stdout, 'exit code 1\n');
  assertShowsGuard(without.stderr, 'Process.start()', 'unguarded.cjs');
  assert.equal(without.pids.length, 2);
  const guarded = await run(COMMONJS, ['guarded']);
  assert.deepEqual([guarded.stdout, guarded.stderr], ['worked, isMain: false\nexit code 0\n', '']);
  assert.equal(guarded.pids.length, 2);
});
