/** Its processes, a worker and a daemonic one that starts nothing itself, write their pids to the file STARTED and wait. */
import { appendFileSync } from 'node:fs';
import { Event, freezeSupport, Pool, Process } from '#dist/index.js';

function begin(ready: Event, never: Event): Promise<boolean> {
  appendFileSync(process.env.STARTED!, `${process.pid}\n`);
  ready.set();
  return never.wait();
}

await freezeSupport({ begin });
const never = new Event();
const [first, second] = [new Event(), new Event()];
const pool = new Pool(1);
pool.apply(begin, [first, never]);
new Process({ target: begin, args: [second, never], daemon: true }).start();
await Promise.all([first.wait(), second.wait()]);
process.kill(process.pid, 'SIGKILL');
