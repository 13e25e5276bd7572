// What every measuring program shares: run the work often enough to be worth timing, print one line of JSON.
import { performance } from 'node:perf_hooks';

/** What a program prints. Time rows give `ops` and `seconds`, the memory row gives `bytes`, rows that compare two of our own figures `times`. */
export type Measurement = (
  | { readonly ops: number; readonly seconds: number }
  | { readonly bytes: number }
  | { readonly times: number }
) & {
  /** What else the program saw. */
  readonly note?: string;
};

/** `process.argv[2]` is what the row is called, `process.argv[3]` how many seconds one measurement shall take. */
export const which = process.argv[2] ?? '';
export const target = Number(process.argv[3] ?? 1);

export function print(measurement: Measurement): void {
  console.log(JSON.stringify(measurement));
}

/**
 * Calls `run(n)` with growing `n` until one call takes long enough, and prints that call. The calls before it warm up whatever there is
 * to warm up: compilers, workers, buffers.
 */
export async function measure(run: (n: number) => Promise<void> | void, first = 100): Promise<void> {
  // The first time it waits for processes to start.
  await run(first);
  for (let n = first; ; ) {
    const start = performance.now();
    await run(n);
    const seconds = (performance.now() - start) / 1000;
    if (seconds >= target * 0.7) {
      print({ ops: n, seconds });
      return;
    }
    // Early rounds are slow ones; to believe them entirely would overshoot, hence at most 10 times more each time.
    n = Math.ceil(n * Math.min(10, Math.max(1.5, target / Math.max(seconds, 1e-6))));
  }
}

/** Times one call with `items`, after a call with each of `before`. */
export async function measureOnce(
  run: (items: readonly number[]) => Promise<unknown>,
  items: readonly number[],
  before: readonly (readonly number[])[],
): Promise<void> {
  for (const other of before) await run(other);
  const start = performance.now();
  await run(items);
  print({ ops: items.length, seconds: (performance.now() - start) / 1000 });
}

/** Calls `run` one at a time, and prints what one of `percentile` per cent takes at the most. */
export async function measurePercentile(run: () => PromiseLike<unknown>, percentile: number): Promise<void> {
  for (let i = 0; i < 1000; i++) await run();
  const times: number[] = [];
  const end = performance.now() + target * 1000;
  while (performance.now() < end) {
    const start = performance.now();
    await run();
    times.push(performance.now() - start);
  }
  times.sort((a, b) => a - b);
  print({ ops: 1, seconds: times[Math.min(times.length - 1, Math.floor((times.length * percentile) / 100))] / 1000 });
}

/** 0, 1, ... n - 1. */
export function range(n: number): number[] {
  return Array.from({ length: n }, (_, i) => i);
}
