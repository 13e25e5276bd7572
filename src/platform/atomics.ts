/**
 * The atomics shim: every read and write of state that another participant writes goes through here.
 *
 * When off it is `Atomics` itself (V8 inlines the one-line functions). When a test installs an observer before anything
 * else is imported, each operation first reports a step, so that the test can end its own process at step N or hand control to a scheduler.
 */
type Words = Int32Array;

/** Set by a test harness on `globalThis` before the library is loaded. */
const observer = (globalThis as { [key: symbol]: unknown })[Symbol.for('multiproc.atomics.observer')] as
  | ((operation: string) => void)
  | undefined;

export const load: (words: Words, index: number) => number = observer
  ? (words, index) => (observer('load'), Atomics.load(words, index))
  : (words, index) => Atomics.load(words, index);

export const store: (words: Words, index: number, value: number) => void = observer
  ? (words, index, value) => (observer('store'), void Atomics.store(words, index, value))
  : (words, index, value) => void Atomics.store(words, index, value);

/** Returns what was there: the swap happened when that equals `expected`. */
export const compareExchange: (words: Words, index: number, expected: number, value: number) => number = observer
  ? (words, index, expected, value) => (observer('compareExchange'), Atomics.compareExchange(words, index, expected, value))
  : (words, index, expected, value) => Atomics.compareExchange(words, index, expected, value);

/** The following return the former value. */
export const exchange: (words: Words, index: number, value: number) => number = observer
  ? (words, index, value) => (observer('exchange'), Atomics.exchange(words, index, value))
  : (words, index, value) => Atomics.exchange(words, index, value);

export const add: (words: Words, index: number, value: number) => number = observer
  ? (words, index, value) => (observer('add'), Atomics.add(words, index, value))
  : (words, index, value) => Atomics.add(words, index, value);

export const or: (words: Words, index: number, value: number) => number = observer
  ? (words, index, value) => (observer('or'), Atomics.or(words, index, value))
  : (words, index, value) => Atomics.or(words, index, value);

export const and: (words: Words, index: number, value: number) => number = observer
  ? (words, index, value) => (observer('and'), Atomics.and(words, index, value))
  : (words, index, value) => Atomics.and(words, index, value);

const sleeper = new Int32Array(new SharedArrayBuffer(4));

/** Sleeps `ms` milliseconds (fractions allowed) in the kernel: for back-off inside internal locks only. */
export function pause(ms: number): void {
  Atomics.wait(sleeper, 0, 0, ms);
}
