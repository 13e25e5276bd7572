/** Passes an object on, or takes it, and kills itself at its `step`-th access to shared memory. Exit code 0: it had fewer. */
let left = Infinity;
(globalThis as any)[Symbol.for('multiproc.atomics.observer')] = (): void => {
  if (--left <= 0) process.kill(process.pid, 'SIGKILL');
};
const { join } = await import('../../support/join.js');
const { session } = await import('#dist/memory/session.js');

const [channel, object, operation, step] = join<[any, any, string, number]>();
session().heap.free(session().heap.allocate(100));
left = step;
if (operation === 'put') channel.putSync(object);
else if (operation === 'get') channel.getSync();
else if (operation === 'send') channel.sendSync(object);
else if (operation === 'recv') channel.recvSync();
left = Infinity;
process.exit(0);
