/**
 * The atomics shim: every read and write of state that another participant writes goes through here.
 *
 * When off it is `Atomics` itself (V8 inlines the one-line functions). When a test installs an observer before anything
 * else is imported, each operation first reports a step, and where it will be done, so that the test can end its own process at step N
 * or hand control to a scheduler (docs/explorers.md).
 */
type Words = Int32Array;
type Observer = (operation: string, words?: Words, index?: number) => unknown;

/** Set by a test harness on `globalThis` before the library is loaded. */
const observer = (globalThis as { [key: symbol]: unknown })[Symbol.for('multiproc.atomics.observer')] as Observer | undefined;

/** Whether a test counts steps, or has them one after the other. */
export const isObserved = observer !== undefined;

export const load: (words: Words, index: number) => number = observer
  ? (words, index) => (observer('load', words, index), Atomics.load(words, index))
  : (words, index) => Atomics.load(words, index);

/**
 * What is there after this thread's last read-modify-write, as `load` would see it. On x64 such an instruction is a full barrier, so a plain read does:
 * 1 ns instead of 5. Elsewhere a plain read might come before the write.
 */
export const loadAfterSwap: (words: Words, index: number) => number =
  observer || process.arch !== 'x64' ? load : (words, index) => words[index];

export const store: (words: Words, index: number, value: number) => void = observer
  ? (words, index, value) => (observer('store', words, index), void Atomics.store(words, index, value))
  : (words, index, value) => void Atomics.store(words, index, value);

/**
 * A store that what was written before it comes before, and nothing more: what this thread reads next may be older. On x64 any store is one, and costs 1 ns in place of 20;
 * elsewhere it is `store`.
 */
export const storeRelease: (words: Words, index: number, value: number) => void =
  observer || process.arch !== 'x64'
    ? store
    : (words, index, value) => {
        words[index] = value;
      };

/** Returns what was there: the swap happened when that equals `expected`. */
export const compareExchange: (words: Words, index: number, expected: number, value: number) => number = observer
  ? (words, index, expected, value) => (
      observer('compareExchange', words, index), Atomics.compareExchange(words, index, expected, value)
    )
  : (words, index, expected, value) => Atomics.compareExchange(words, index, expected, value);

/** The following return the former value. */
export const exchange: (words: Words, index: number, value: number) => number = observer
  ? (words, index, value) => (observer('exchange', words, index), Atomics.exchange(words, index, value))
  : (words, index, value) => Atomics.exchange(words, index, value);

export const add: (words: Words, index: number, value: number) => number = observer
  ? (words, index, value) => (observer('add', words, index), Atomics.add(words, index, value))
  : (words, index, value) => Atomics.add(words, index, value);

export const or: (words: Words, index: number, value: number) => number = observer
  ? (words, index, value) => (observer('or', words, index), Atomics.or(words, index, value))
  : (words, index, value) => Atomics.or(words, index, value);

export const and: (words: Words, index: number, value: number) => number = observer
  ? (words, index, value) => (observer('and', words, index), Atomics.and(words, index, value))
  : (words, index, value) => Atomics.and(words, index, value);

const sleeper = new Int32Array(new SharedArrayBuffer(4));

/** Sleeps `ms` milliseconds (fractions allowed) in the kernel: for back-off inside internal locks only. An observer that returns true has let time pass itself. */
export function pause(ms: number): void {
  if (observer?.('pause') !== true) Atomics.wait(sleeper, 0, 0, ms);
}
