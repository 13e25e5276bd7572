/** Prints `ready` and the pids of its children, and waits in the way that its argument names. One daemonic child says when it hears of SIGTERM. */
import { writeSync } from 'node:fs';
import { Event, isMain, Pool, Process, Queue } from 'multiproc';
import ora from 'ora';
import { pidOf, sleep, spin } from './tasks.js';

export function hears(isListening: Event): Promise<never> {
  process.on('SIGTERM', () => {
    writeSync(1, 'child heard\n');
    process.exit();
  });
  isListening.set();
  return sleep();
}

const waits: Record<string, () => unknown> = {
  'at its event loop': sleep,
  'for a queue, blocking': () => new Queue().getSync(),
  'for a child, blocking': () => new Process({ target: sleep, daemon: true }).start().joinSync(),
  async 'for a busy pool'() {
    const pool = new Pool(2);
    await pool.apply(pidOf);
    await pool.map(spin, [1, 2]);
  },
  'behind a spinner'() {
    ora({ text: 'working', discardStdin: false }).start();
    console.log(`main ${process.pid}`);
    return sleep();
  },
  'and computes': spin,
  'and computes, then for a child'() {
    // Until the child, which is killed after the signal was sent, is gone.
    while (child!.isAlive());
    new Process({ target: sleep, daemon: true }).start().joinSync();
  },
  'with a listener'() {
    process.on('SIGTERM', () => {
      console.log('mine');
      process.exit(7);
    });
    return sleep();
  },
};

let child: Process | undefined;

if (isMain(import.meta)) {
  const isListening = new Event();
  child = new Process({ target: hears, args: [isListening], daemon: true }).start();
  const other = process.argv[3] === 'and another' ? [new Process({ target: sleep }).start()] : [];
  await isListening.wait();
  console.log(`ready ${[child, ...other].map(({ pid }) => pid).join(' ')}`);
  await waits[process.argv[2]]();
}
