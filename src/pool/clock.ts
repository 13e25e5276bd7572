/** A clock that the pool and its workers share: whole milliseconds of the system's monotonic clock, modulo 2^32. */

let offset: number | undefined;

/** Costs a tenth of `process.hrtime`, which allocates. */
export function sharedNow(): number {
  offset ??= Number(process.hrtime.bigint()) / 1e6 - performance.now();
  return (offset + performance.now()) | 0;
}

/** The longest span that the clock can tell, in ms: 24 days. */
export const MAX_SPAN_MS = 2 ** 31 - 1;
