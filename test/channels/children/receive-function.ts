import type { Queue } from '#dist/channels/queue.js';
import { join, tell } from '../../support/join.js';

/** Gets a function whose module is not imported yet: the sync forms refuse and lose nothing, the async form imports it. */
const [queue] = join<[Queue<any>]>();
const seen: string[] = [];
for (const get of [() => queue.getSync(), () => queue.tryGet(), () => queue.getManySync(2)]) {
  try {
    get();
  } catch (error) {
    seen.push(`${(error as Error).name} ${queue.qsize()}`);
  }
}
const { f, n, end } = await queue.get();
end.close();
tell([seen, f(n), queue.getSync()]);
setInterval(() => {}, 1000);
