// Reading and writing numbers in shared memory that nobody else touches. What is read is summed, so that it is read.
import { isMain, SharedArray, Value } from 'multiproc';
import { RawArray } from 'multiproc/sharedctypes';
import { measure, which } from '../harness/timing.ts';

/** A power of two: `& MASK` is the index. */
const LENGTH = 1024;
const MASK = LENGTH - 1;

const programs: Record<string, () => (n: number) => number> = {
  'rawarray-read'() {
    const a = RawArray('d', LENGTH);
    return (n) => {
      let sum = 0;
      for (let i = 0; i < n; i++) sum += a[i & MASK];
      return sum;
    };
  },
  'rawarray-write'() {
    const a = RawArray('d', LENGTH);
    return (n) => {
      for (let i = 0; i < n; i++) a[i & MASK] = i;
      return a[0];
    };
  },
  'sharedarray-get'() {
    const a = new SharedArray('d', LENGTH);
    return (n) => {
      let sum = 0;
      for (let i = 0; i < n; i++) sum += a.get(i & MASK);
      return sum;
    };
  },
  'sharedarray-set'() {
    const a = new SharedArray('d', LENGTH);
    return (n) => {
      for (let i = 0; i < n; i++) a.set(i & MASK, i);
      return a.get(0);
    };
  },
  'value-get'() {
    const value = new Value('i', 1);
    return (n) => {
      let sum = 0;
      for (let i = 0; i < n; i++) sum += value.value;
      return sum;
    };
  },
  'value-add'() {
    const value = new Value('i');
    return (n) => {
      for (let i = 0; i < n; i++) value.add(1);
      return value.value;
    };
  },
};

if (isMain(import.meta)) {
  const run = programs[which]();
  let result = 0;
  await measure((n) => {
    result += run(n);
  }, 10_000);
  if (Number.isNaN(result)) throw new Error('what was read is no number');
}
