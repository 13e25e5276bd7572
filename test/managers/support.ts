import { setImmediate } from 'node:timers/promises';
import { within } from '../support/within.js';

/** Until what `look` gives is `expected`. */
export async function until<T>(look: () => Promise<T>, expected: T, what: string): Promise<void> {
  let last: T | undefined;
  const wait = async (): Promise<void> => {
    for (;;) {
      last = await look();
      if (last === expected) return;
      await setImmediate();
    }
  };
  await within(wait(), `${what}: ${String(expected)}`);
}
