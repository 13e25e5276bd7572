/** A worker that is busy until a test lets it go on. */
import { type AsyncResult, Event, type Pool } from 'multiproc';
import { linesOf, newFile, until } from './support.js';
import { hold } from './tasks_terms.js';

/** A pool of one whose worker is at a task that ends when the event is set. */
export async function held(pool: Pool): Promise<{ event: Event; holding: AsyncResult<number>; worker: number }> {
  const file = newFile();
  const event = new Event();
  const holding = pool.apply(hold, [file, event]);
  await until(() => linesOf(file).length > 0, 'the start of the task');
  return { event, holding, worker: Number(linesOf(file)[0]) };
}
