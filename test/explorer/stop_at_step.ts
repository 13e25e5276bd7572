/** The child of step_kill.ts: runs one operation, and kills itself at its `step`-th access to shared memory. Exit code 0: it had fewer. */
import { Rounds } from './rounds.js';

let left = Infinity;
const rounds = new Rounds();
(globalThis as any)[Symbol.for('multiproc.atomics.observer')] = (operation: string, _words?: Int32Array, index = 0): void => {
  if (left === Infinity || rounds.isRepeated((operation.charCodeAt(0) << 24) ^ (operation.length << 20) ^ index)) return;
  if (--left <= 0) process.kill(process.pid, 'SIGKILL');
};
const { join, tell } = await import('../support/join.js');
const { session } = await import('#dist/memory/session.js');

const [module, name, step, args] = join<[string, string, number, unknown[]]>();
const scenario = (await import(module)).scenarios[name];
// Opens what is opened once for each thread.
session().heap.free(session().heap.allocate(100));
const opened = (await scenario.open?.(...args)) ?? args;
if (scenario.meanwhile) {
  const go = new Promise((resolve) => process.once('message', resolve));
  process.channel?.ref();
  tell('ready');
  await go;
}
left = step;
await scenario.run(...opened);
const steps = step - left;
left = Infinity;
tell(steps);
process.exit(0);
