/** Does one operation on a channel or a lock, and kills itself at its `step`-th access to shared memory. Exit code 0: it had fewer. */
let left = Infinity;
(globalThis as any)[Symbol.for('multiproc.atomics.observer')] = (): void => {
  if (--left <= 0) process.kill(process.pid, 'SIGKILL');
};
const { join } = await import('../../support/join.js');
const { session } = await import('#dist/memory/session.js');

const [object, operation, size, step] = join<[any, string, number, number]>();
const value = 's'.repeat(size);
// Opens what is opened once for each thread.
session().heap.free(session().heap.allocate(100));
left = step;
if (operation === 'put') object.putSync(value);
else if (operation === 'get') object.getSync();
else if (operation === 'send') object.sendSync(value);
else if (operation === 'recv') object.recvSync();
else if (operation === 'lock') {
  object.acquireSync();
  object.release();
}
left = Infinity;
process.exit(0);
