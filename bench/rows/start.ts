// From start() to joined, one process after another.
import { isMain, Process } from 'multiproc';
import { measure } from '../harness/timing.ts';

export function nothing(): void {}

if (isMain(import.meta)) {
  await measure(async (n) => {
    for (let i = 0; i < n; i++) await new Process({ target: nothing }).start().join();
  }, 5);
}
