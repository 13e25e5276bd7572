/**
 * A histogram of durations of fixed size: what percentiles are read from, however many tasks there were.
 *
 * Buckets are eighths of an octave of whole microseconds (below 8 us one for each), so that a percentile is off by 6% at the most. What is longer than 35 minutes counts in the last one.
 */
const STEP_BITS = 3;
const STEPS = 1 << STEP_BITS;
/** The highest power of two that has buckets of its own: 2^31 us. */
const OCTAVES = 32 - STEP_BITS;
export const BUCKETS = OCTAVES * STEPS;
const MAX_US = 2 ** 31 - 1;

/** The bucket of a duration in ms. */
export function bucketOf(ms: number): number {
  const us = ms > 0 ? Math.min(MAX_US, Math.round(ms * 1000)) : 0;
  if (us < STEPS) return us;
  const shift = 31 - Math.clz32(us) - STEP_BITS;
  return shift * STEPS + (us >>> shift);
}

/** The middle of a bucket, in ms. */
function middleOf(bucket: number): number {
  if (bucket < 2 * STEPS) return bucket / 1000;
  const shift = Math.floor(bucket / STEPS) - 1;
  return ((bucket % STEPS) + STEPS + 0.5) * 2 ** shift * 0.001;
}

/** Durations in ms. */
export interface Percentiles {
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  /** The longest. */
  readonly max: number;
}

/** Null = nothing was counted. */
export function percentiles(counts: ArrayLike<number>, max: number): Percentiles | null {
  let total = 0;
  for (let i = 0; i < counts.length; i++) total += counts[i];
  if (total === 0) return null;
  return Object.freeze({
    p50: at(counts, total * 0.5, max),
    p90: at(counts, total * 0.9, max),
    p99: at(counts, total * 0.99, max),
    max,
  });
}

function at(counts: ArrayLike<number>, rank: number, max: number): number {
  let seen = 0;
  for (let bucket = 0; bucket < counts.length - 1; bucket++) {
    seen += counts[bucket];
    if (seen >= rank) return Math.min(max, middleOf(bucket));
  }
  return max;
}
