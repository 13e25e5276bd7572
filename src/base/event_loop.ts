/** Keeps loops of awaits that never have to wait from starving timers and I/O: they yield at least every few ms. */
const TURN_MS = 4;
const LOOK_EVERY = 32;
let calls = 0;
let turnStarted = 0;

/** A promise of `value`: at once most of the time, after a turn of the event loop when the last one is some ms ago. */
export function soon<T>(value: T): Promise<T> {
  if (++calls % LOOK_EVERY !== 0) return Promise.resolve(value);
  const now = performance.now();
  if (now - turnStarted < TURN_MS) return Promise.resolve(value);
  return new Promise((resolve) => {
    setImmediate(() => {
      turnStarted = performance.now();
      resolve(value);
    });
  });
}
