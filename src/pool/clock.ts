/** The clock that the pool and its workers share: the system's monotonic one, in ms. To read it by way of `performance.now()` costs a tenth of `process.hrtime`, which allocates. */

/** Between two looks at clocks the process may have been put aside: of so many pairs the closest counts. */
const TRIES = 5;
let base: number | undefined;

/** Where this process's `performance.now()` begins on the clock that all processes share, in ms. */
export function clockBase(): number {
  base ??= findBase();
  return base;
}

function findBase(): number {
  let found = 0;
  let closest = Infinity;
  for (let i = 0; i < TRIES; i++) {
    const before = performance.now();
    const shared = Number(process.hrtime.bigint()) / 1e6;
    const distance = performance.now() - before;
    if (distance >= closest) continue;
    closest = distance;
    found = shared - before - distance / 2;
  }
  return found;
}

/** Whole ms of the shared clock, modulo 2^32. */
export function sharedNow(): number {
  return (clockBase() + performance.now()) | 0;
}

/** The longest span that `sharedNow` can tell, in ms: 24 days. */
export const MAX_SPAN_MS = 2 ** 31 - 1;
