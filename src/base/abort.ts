/**
 * One listener for each signal, however many waits it may end: a signal that stops a whole program is shared by many tasks, and Node warns of a leak at the
 * eleventh listener.
 */
const listeners = new WeakMap<AbortSignal, Set<() => unknown>>();

/** Calls `listener` when the signal is aborted. Returns what takes that back. */
export function onAbort(signal: AbortSignal, listener: () => unknown): () => void {
  let waits = listeners.get(signal);
  if (!waits) {
    waits = new Set();
    listeners.set(signal, waits);
    const all = waits;
    signal.addEventListener(
      'abort',
      () => {
        for (const wait of [...all]) wait();
      },
      { once: true },
    );
  }
  waits.add(listener);
  return () => waits.delete(listener);
}
