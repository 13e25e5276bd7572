import type { Barrier } from '#dist/sync/barrier.js';
import { join, tell } from '../../support/join.js';

/** Passes the barrier `rounds` times, with `tasks` tasks at once, the last of each round by the blocking form if `blocks`; tells the indexes of each round, or the error. */
const [barrier, rounds, tasks, blocks] = join<[Barrier, number, number, boolean]>();
try {
  for (let round = 0; round < rounds; round++) {
    const waits: (number | Promise<number>)[] = [];
    for (let task = 0; task < tasks; task++) waits.push(blocks && task === tasks - 1 ? barrier.waitSync() : barrier.wait());
    tell(await Promise.all(waits));
  }
} catch (error) {
  tell((error as Error).name);
}
