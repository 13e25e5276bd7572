// Locks that nobody else wants: acquire and release, blocking form (`async`: the other one). An Event that nobody waits for.
import { Event, isMain, Lock, RLock, Semaphore } from 'multiproc';
import { measure, which } from '../harness/timing.ts';

const FIRST = 10_000;

function acquireAndRelease(lock: Lock | RLock | Semaphore): Promise<void> {
  return measure((n) => {
    for (let i = 0; i < n; i++) {
      lock.acquireSync();
      lock.release();
    }
  }, FIRST);
}

const programs: Record<string, () => Promise<void>> = {
  lock: () => acquireAndRelease(new Lock()),
  rlock: () => acquireAndRelease(new RLock()),
  'rlock-nested'() {
    const lock = new RLock();
    lock.acquireSync();
    return acquireAndRelease(lock);
  },
  semaphore: () => acquireAndRelease(new Semaphore()),
  async() {
    const lock = new Lock();
    return measure(async (n) => {
      for (let i = 0; i < n; i++) {
        await lock.acquire();
        lock.release();
      }
    }, FIRST);
  },
  event() {
    const event = new Event();
    return measure((n) => {
      for (let i = 0; i < n; i++) {
        event.set();
        event.clear();
      }
    }, FIRST);
  },
};

if (isMain(import.meta)) await programs[which]();
