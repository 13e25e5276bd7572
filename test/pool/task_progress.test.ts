/** Reports of tasks: in order, few, and the last one before the outcome. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Event, Pool } from 'multiproc';
import { CallJob, ListJob } from '#dist/pool/jobs.js';
import { closeSoundly, failure, within } from './support.js';
import * as tasks from './tasks_context.js';

type Report = [index: number, done: number, total: number | undefined];

/** Whatever jobs are told while `work` runs, and `'end'` when one of their tasks has an outcome. */
async function reports(work: () => PromiseLike<unknown>): Promise<(Report | 'end')[]> {
  const all: (Report | 'end')[] = [];
  const restored = [CallJob.prototype, ListJob.prototype].map((prototype) => {
    const { settle, fail } = prototype;
    const before = Object.getOwnPropertyDescriptor(prototype, 'progress');
    Object.assign(prototype, {
      progress: (...report: Report) => all.push(report),
      settle(this: CallJob & ListJob, index: number, value: unknown) {
        all.push('end');
        settle.call(this, index, value);
      },
      fail(this: CallJob & ListJob, index: number, error: unknown) {
        all.push('end');
        fail.call(this, index, error);
      },
    });
    return () => {
      Object.assign(prototype, { settle, fail });
      if (before) Object.defineProperty(prototype, 'progress', before);
      else delete (prototype as { progress?: unknown }).progress;
    };
  });
  try {
    await within(work(), 'the task');
  } finally {
    for (const restore of restored) restore();
  }
  return all;
}

for (const concurrency of [1, 4]) {
  test(`${concurrency} at once: in order, the last report before the result, or the error`, async () => {
    const pool = new Pool({ processes: 1, concurrency });
    const slow = await reports(() => pool.apply(tasks.steps, [6, 60]));
    // Each step is longer than the time between two reports.
    assert.deepEqual(slow, [...[1, 2, 3, 4, 5, 6].map((i) => [0, i, 6]), 'end']);
    const failed = await reports(() => failure(pool.apply(tasks.stepAndFail)));
    assert.deepEqual(failed.slice(-2), [[0, 2, undefined], 'end']);
    await closeSoundly(pool);
  });

  test(`${concurrency} at once: a tight loop floods nobody, and its last report arrives`, async () => {
    const pool = new Pool({ processes: 1, concurrency });
    const start = performance.now();
    const all = await reports(() => pool.apply(tasks.stepsSync, [200_000]));
    const most = (performance.now() - start) / 50 + 2;
    assert.deepEqual(all.slice(-2), [[0, 200_000, undefined], 'end']);
    assert.deepEqual(all[0], [0, 1, undefined]);
    assert.ok(all.length - 1 <= most, `${all.length - 1} reports in ${most} times 50 ms`);
    await closeSoundly(pool);
  });

  test(`${concurrency} at once: each report of a map names its item, in the midst of gathered results`, async () => {
    const pool = new Pool({ processes: 1, concurrency });
    const all = await reports(() => pool.map(tasks.stepAndSquare, [0, 1, 2, 3, 4, 5], { chunksize: 3 }));
    assert.deepEqual(
      all,
      [0, 1, 2, 3, 4, 5].flatMap((i) => [[i, i, 100], 'end'] as const),
    );
    await closeSoundly(pool);
  });
}

test('a report that came too early to be sent is sent later, without another one', async () => {
  const pool = new Pool(1);
  const go = new Event();
  const seen: number[] = [];
  const prototype = CallJob.prototype as { progress?: (index: number, done: number) => void };
  const before = Object.getOwnPropertyDescriptor(prototype, 'progress');
  const second = new Promise<void>((resolve) => {
    prototype.progress = (_index, done) => {
      seen.push(done);
      if (done === 2) resolve();
    };
  });
  const running = pool.apply(tasks.twoStepsThenWait, [go]);
  await within(second, 'the second report, while the task runs');
  assert.deepEqual([seen, running.ready()], [[1, 2], false]);
  await go.set();
  await running;
  if (before) Object.defineProperty(prototype, 'progress', before);
  else delete prototype.progress;
  await closeSoundly(pool);
});
