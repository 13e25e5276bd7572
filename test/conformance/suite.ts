/** A test of a suite: its name, its workers, and what it says instead of hanging. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { within } from '../support/within.js';
import type { Context, Worker } from './context.js';

/** Longer than `within` waits, which can say for what. */
const TEST_LIMIT_MS = 40_000;
/** In which the work of others comes to its end. */
const SETTLING_MS = 10_000;

export class Run {
  readonly #context: Context;
  readonly #workers = new Map<Worker, string>();

  constructor(context: Context) {
    this.#context = context;
  }

  start<A extends readonly unknown[]>(target: (...args: A) => unknown, ...args: A): Worker {
    const worker = this.#context.start(target, args as readonly [...A]);
    this.#workers.set(worker, target.name);
    return worker;
  }

  /** Waits until all workers have ended, as they should. */
  async ended(): Promise<void> {
    for (const [worker, name] of this.#workers) {
      assert.equal(
        await within(worker.join(), `the end of ${worker.name} (${name})`),
        0,
        `exit code of ${worker.name} (${name})`,
      );
      this.#workers.delete(worker);
    }
  }

  /** Kills one, and waits until it is gone. */
  async kill(worker: Worker): Promise<void> {
    this.#workers.delete(worker);
    worker.kill();
    await within(worker.join(), `the end of ${worker.name}, which was killed`);
  }

  /** Kills what a failed test left. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const worker of [...this.#workers.keys()]) await this.kill(worker);
  }
}

/** `name` is CPython's. The workers that the body starts have ended by themselves, without an error, when it is over. */
export function check(context: Context, name: string, body: (run: Run) => Promise<void> | void): void {
  if (context.lacks?.includes(name)) return;
  test(name, { timeout: TEST_LIMIT_MS }, async () => {
    await using run = new Run(context);
    await body(run);
    await run.ended();
    // A manager that lives beside may be in the middle of an allocation: what is wrong stays wrong.
    const end = performance.now() + SETTLING_MS;
    while (context.problems().length > 0 && performance.now() < end) await new Promise((resolve) => setTimeout(resolve, 2));
    assert.deepEqual(context.problems(), []);
  });
}

/** A timer may fire a little before its time. */
const EARLY_MS = 5;

/** The result of something that has to last at least `least` ms. */
export async function lasting<T>(least: number, wait: () => T): Promise<Awaited<T>> {
  const began = performance.now();
  const result = await wait();
  const lasted = performance.now() - began;
  assert.ok(lasted >= least - EARLY_MS, `a wait of ${least} ms lasted ${lasted} ms`);
  return result;
}

export const range = (length: number): number[] => Array.from({ length }, (_, i) => i);
