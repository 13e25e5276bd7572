/** Calls with progress bars; the argument says how they end, when there is the file. */
import { existsSync } from 'node:fs';
import { Event, isMain, Pool } from 'multiproc';
import { square } from '../tasks.js';
import { block, dieIfThere, failEachTenth, napLater } from '../tasks_insight.js';

if (isMain(import.meta)) {
  const [mode, file] = process.argv.slice(2);
  // Its workers cannot be replaced once there is the file, and one has nothing to do.
  const pool = mode === 'break' ? new Pool({ processes: 4, initializer: dieIfThere, initargs: [file] }) : new Pool(2);
  if (mode === 'two') {
    const slow = pool.map(napLater, Array<number>(40).fill(30), { chunksize: 1, progress: true });
    const failing = pool.map(failEachTenth, Array.from({ length: 20 }, (_, i) => i + 1).reverse(), {
      chunksize: 1,
      progress: true,
    });
    await failing.catch((error) => console.log(`caught: ${error.message}`));
    await slow;
    for await (const _ of pool.imap(square, [1, 2, 3].values(), { progress: true }));
  } else if (mode === 'throw') {
    await pool.map(square, [1, 2], {
      progress: () => {
        throw new Error('thrown by the callback');
      },
    });
    await new Promise(() => setInterval(() => {}, 1000));
  } else if (mode === 'lazy') {
    const results = pool.imap(napLater, Array<number>(10_000).fill(1), { progress: true });
    for (let i = 0; i < 300; i++) await results.next();
    console.log('taken');
  } else {
    const event = new Event();
    const result = pool.map(block, [event, event, event], { chunksize: 1, progress: true });
    const shown = result.catch((error) => console.log(`caught: ${error.name}`));
    const signal = setInterval(() => {
      const idle = pool.stats().workers.find(({ state }) => state === 'idle');
      if (!existsSync(file) || (mode === 'break' && !idle)) return;
      clearInterval(signal);
      if (mode === 'exit') process.exit(3);
      if (mode === 'terminate') pool.terminate();
      if (mode === 'finish') event.set();
      if (mode === 'break') process.kill(idle!.pid, 'SIGKILL');
    }, 5);
    await shown;
    // Where the pool broke by itself: one that booted late found the file.
    clearInterval(signal);
  }
  if (mode !== 'lazy') await pool[Symbol.asyncDispose]();
}
