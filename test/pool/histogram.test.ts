/** Percentiles from buckets of fixed number. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BUCKETS, bucketOf, percentiles } from '#dist/pool/histogram.js';

test('a bucket is never left behind, and its middle is within 6% and 1 us of what fell into it', () => {
  let before = 0;
  for (let us = 0; us < 2 ** 31; us = Math.max(us + 1, Math.floor(us * 1.013))) {
    const bucket = bucketOf(us / 1000);
    assert.ok(bucket === before || bucket === before + 1, `${us} us: bucket ${bucket} after ${before}`);
    before = bucket;
    const counts = new Float64Array(BUCKETS);
    counts[bucket] = 1;
    const { p50 } = percentiles(counts, Infinity)!;
    assert.ok(bucket === BUCKETS - 1 || Math.abs(p50 * 1000 - us) <= Math.max(1, us * 0.0625), `${us} us read as ${p50} ms`);
  }
  assert.equal(before, BUCKETS - 1);
  for (const odd of [-1, Number.NaN, 0, 1e-9]) assert.equal(bucketOf(odd), 0);
  assert.equal(bucketOf(1e12), BUCKETS - 1);
});

test('percentiles', () => {
  const counts = new Float64Array(BUCKETS);
  assert.equal(percentiles(counts, 0), null);
  for (let ms = 1; ms <= 1000; ms++) counts[bucketOf(ms)]++;
  const { p50, p90, p99, max } = percentiles(counts, 1000)!;
  for (const [got, expected] of [
    [p50, 500],
    [p90, 900],
    [p99, 990],
  ])
    assert.ok(Math.abs(got - expected) <= expected * 0.0625, `${got} instead of ${expected}`);
  assert.equal(max, 1000);
  // No percentile is above the longest.
  const one = new Float64Array(BUCKETS);
  one[bucketOf(1000)] = 1;
  assert.equal(percentiles(one, 999)!.p99, 999);
});
