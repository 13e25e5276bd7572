// From start() to joined, one process after another; with 'warm' each when a spare has had the time to boot: it is the delay that counts, not the rate.
// With 'preload' the spares have this module loaded.
import { getContext, isMain, type Process, setPreload } from 'multiproc';
import { measure, print, target, which } from '../harness/timing.ts';

/** How long a spare may take to boot, in ms. */
const PAUSE_MS = 300;

export function nothing(): void {}

function make(): Process {
  const { Process } = getContext(which === 'spawn' ? 'spawn' : 'warm');
  return new Process({ target: nothing });
}

async function afterPauses(n: number): Promise<void> {
  let seconds = 0;
  for (let i = -2; i < n; i++) {
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    const start = performance.now();
    await make().start().join();
    if (i >= 0) seconds += (performance.now() - start) / 1000;
  }
  print({ ops: n, seconds });
}

if (isMain(import.meta)) {
  if (which === 'preload') setPreload([import.meta.url]);
  if (which === 'spawn')
    await measure(async (n) => {
      for (let i = 0; i < n; i++) await make().start().join();
    }, 5);
  else await afterPauses(Math.ceil(10 * target));
}
