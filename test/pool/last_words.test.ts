/** What a dead worker wrote last is in the error that tells of its death, and was on the program's standard error before. */
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { test } from 'node:test';
import { BootstrapError, Pool, refs, setExecArgv, WorkerLostError } from 'multiproc';
import { session } from '#dist/memory/session.js';
import { assertWorks, closeSoundly, failure, program, within } from './support.js';
import {
  complainAndDie,
  complainByConsoleAndExit,
  complainingInitialiser,
  complainLongAndDie,
  exhaustMemory,
} from './tasks_crew.js';
import { abort, killSelf } from './tasks_faults.js';

const missing = refs<{ initialise(): void }>(new URL('./no_such_module.js', import.meta.url));

async function lost(promise: PromiseLike<unknown>): Promise<WorkerLostError> {
  const error = await within(failure(promise), 'the loss of a worker');
  assert.ok(error instanceof WorkerLostError, String(error));
  return error;
}

test('what it wrote is in the error, whatever ended it', async () => {
  const pool = new Pool(1);
  for (const signal of ['SIGKILL', 'SIGSEGV', 'SIGTERM'] as const) {
    const { stderr, message } = await lost(pool.apply(complainAndDie, ['disk full: /data\nünd\n', signal]));
    assert.equal(stderr, 'disk full: /data\nünd\n');
    assert.match(message, /while it ran this task.*standard error:\n {2}\| disk full: \/data\n {2}\| ünd$/s);
  }
  assert.equal((await lost(pool.apply(complainByConsoleAndExit, ['no licence']))).stderr, 'no licence\n');
  const silent = await lost(pool.apply(killSelf));
  assert.deepEqual([silent.stderr, silent.message.includes('standard error')], ['', false]);
  assert.match((await lost(pool.apply(abort))).message, /ended by SIGABRT \(process\.abort\(\), /);
  await assertWorks(pool);
  await closeSoundly(pool);
});

test('of much output the end is kept, and no file of it stays', async () => {
  const pool = new Pool(1);
  for (const lines of [40, 300, 3000]) {
    const { stderr, message } = await lost(pool.apply(complainLongAndDie, [lines]));
    assert.ok(Buffer.byteLength(stderr) <= 4096);
    assert.ok(stderr.endsWith(`line ${lines - 1} ${'x'.repeat(60)}\n`));
    assert.ok(stderr.length > 2500);
    assert.equal(message.split('\n').length, 11);
  }
  await closeSoundly(pool);
  assert.deepEqual(
    readdirSync(session().directory).filter((name) => name.startsWith('stderr-')),
    [],
  );
});

test('memory of the engine that runs out costs its task alone', async () => {
  setExecArgv(['--max-old-space-size=48']);
  const pool = new Pool(2);
  const { signal, message } = await lost(pool.apply(exhaustMemory));
  assert.equal(signal, 'SIGABRT');
  assert.match(message, /memory of the engine that ran out/);
  await assertWorks(pool);
  await closeSoundly(pool);
  setExecArgv(process.execArgv);
});

test('workers that cannot start: the cause, what they wrote, and what to do', async () => {
  for (const [initializer, said, shown] of [
    [complainingInitialiser, /^no database at db\.example:5432\n$/, /exit code 5 before .* \| no database at db\.example:5432$/s],
    [missing.initialise, /Cannot find module .*no_such_module\.js/, /exit code 1 before .*Cannot find module .*no_such_module/s],
  ] as const) {
    // Each is asked to leave as soon as it has its one task: that does not hide that it never came up.
    const pool = new Pool({ processes: 2, initializer, maxTasksPerChild: 1 });
    for (const failing of [failure(pool.apply(killSelf)), failure(pool.map(killSelf, ['SIGKILL' as const]))]) {
      const error = await within(failing, 'the failure');
      assert.ok(error instanceof BootstrapError);
      assert.match(error.stderr, said);
      assert.match(error.message, shown);
      assert.match(error.message, /repair what fails there, and make a new pool/);
    }
    await within(pool.join(), 'join()');
  }
});

test('it is on the standard error of the program at once, whole, while the program is blocked', async () => {
  const { code, stdout, stderr } = await program('complain-blocked').ended;
  const lines = Array.from({ length: 3000 }, (_, i) => `line ${i} ${'x'.repeat(60)}\n`).join('');
  assert.equal(stderr, `${lines}said\n`);
  assert.deepEqual([code, stdout], [0, 'blocked until it was said\n"said\\n" is the end\n']);
});
