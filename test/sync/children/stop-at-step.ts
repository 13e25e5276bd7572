/** Does one operation on an object and kills itself at its `step`-th access to shared memory. Exit code 0: it had fewer. */
let left = Infinity;
(globalThis as any)[Symbol.for('multiproc.atomics.observer')] = (): void => {
  if (--left <= 0) process.kill(process.pid, 'SIGKILL');
};
const { join } = await import('../../support/join.js');

const [object, operation, step] = join<[any, string, number]>();
const operations: Record<string, () => void> = {
  lock() {
    object.acquireSync();
    object.acquireSync();
    object.release();
    object.release();
  },
  permits() {
    object.acquireSync();
    object.acquireSync();
    object.release(2);
  },
  set() {
    object.set();
    object.waitSync();
    object.clear();
  },
  notify() {
    object.acquireSync();
    object.notifyAll();
    object.release();
  },
  wait() {
    object.acquireSync();
    object.waitSync({ timeout: 1 });
    object.release();
  },
  pass() {
    object.waitSync();
  },
};
left = step;
operations[operation]();
left = Infinity;
process.exit(0);
