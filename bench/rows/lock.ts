// A Lock that nobody else wants: acquire and release, blocking form.
import { isMain, Lock } from 'multiproc';
import { measure } from '../harness/timing.ts';

if (isMain(import.meta)) {
  const lock = new Lock();
  await measure((n) => {
    for (let i = 0; i < n; i++) {
      lock.acquireSync();
      lock.release();
    }
  }, 10_000);
}
