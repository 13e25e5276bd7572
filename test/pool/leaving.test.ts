/** Programs that end with their pool open, in each way, while it is idle, while it is busy, and in a callback: they end as they would without it, and their worker with them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isAlive, program, until } from './support.js';

/** The sum that the tasks of a busy program give, where it waits for them. */
const SUM = '40425';

interface End {
  readonly how: string;
  readonly code: number | null;
  readonly signal?: NodeJS.Signals;
  readonly stderr?: RegExp;
  /** What was submitted before is done: certainly where the program drains, perhaps where a task ends it that waits in the queue. */
  readonly waits?: 'surely' | 'perhaps';
}

const ENDS: readonly End[] = [
  { how: 'kill', code: null, signal: 'SIGKILL' },
  // Node prints a stack.
  { how: 'abort', code: null, signal: 'SIGABRT', stderr: /^(-----|$)/ },
  { how: 'exit', code: 3 },
  { how: 'throw', code: 1, stderr: /EvalError: the program is at its end/ },
  { how: 'encode', code: 0, waits: 'perhaps' },
  { how: 'decode', code: 0, waits: 'perhaps' },
  { how: 'drain', code: 0, waits: 'surely' },
];

/** Each while the pool is busy, and in one of the other two; the soak test has all. */
function situationsOf(end: End): string[] {
  const leftOut = ENDS.indexOf(end) % 2 === 0 ? 'idle' : 'callback';
  return ['idle', 'busy', 'callback'].filter((name) => process.env.MULTIPROC_SOAK !== undefined || name !== leftOut);
}

for (const end of ENDS) {
  const { how, code, signal = null, stderr = /^$/, waits } = end;
  test(`a program with an open pool that ends by: ${how}`, { concurrency: true }, async (t) => {
    const situations = situationsOf(end).map((situation) =>
      t.test(situation, async () => {
        const run = await program('leave', [situation, how]).ended;
        const [pid, ...lines] = run.stdout.trim().split('\n');
        assert.deepEqual([run.code, run.signal], [code, signal], run.stderr);
        assert.match(run.stderr, stderr);
        if (waits !== 'perhaps' || lines.length > 0) assert.deepEqual(lines, waits && situation !== 'idle' ? [SUM] : []);
        await until(() => !isAlive(Number(pid)), 'the end of the worker');
      }),
    );
    await Promise.all(situations);
  });
}

test('a worker that runs out of memory costs its task', async () => {
  const { code, stdout, stderr } = await program('hungry').ended;
  assert.deepEqual([code, stdout], [0, 'idle: lost\nbusy: lost, 435\ncallback: lost\n']);
  assert.match(stderr, /heap out of memory/);
});
