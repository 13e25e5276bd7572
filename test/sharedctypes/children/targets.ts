/** Targets of processes. This module imports nothing of the library at run time: what arrives has to be known anyway. */
import type { SharedArray, Value } from 'multiproc';

export function prefixSums(sums: SharedArray<'i'>, total: Value<'q'>, words: Int32Array): void {
  for (let i = 1; i < sums.length; i++) sums.set(i, sums.get(i - 1) + sums.get(i));
  total.value = BigInt(sums.get(-1));
  words[0] = words.length;
}

export function answer(value: Value<'i'>): Value<'i'> {
  value.add(1);
  return value;
}
