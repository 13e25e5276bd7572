// From start() to joined, one process after another; with 'warm' each when a spare has had the time to boot: it is the delay that counts, not the rate.
import { getContext, isMain, type Process } from 'multiproc';
import { measure, print, target, which } from '../harness/timing.ts';

/** How long a spare may take to boot, in ms. */
const PAUSE_MS = 300;

export function nothing(): void {}

function make(): Process {
  const { Process } = getContext(which === 'warm' ? 'warm' : 'spawn');
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
  if (which === 'warm') await afterPauses(Math.ceil(10 * target));
  else
    await measure(async (n) => {
      for (let i = 0; i < n; i++) await make().start().join();
    }, 5);
}
