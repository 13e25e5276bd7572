/** A pool that nobody holds any more, and that was neither closed nor terminated. */
import { whenCollected } from '../memory/collected.ts';
import type { Dispatcher } from './dispatcher.ts';

/** What was submitted is done, and whoever has its AsyncResult gets it; then the workers end. As CPython it warns: they would have stayed for good. */
export function warnIfDropped(pool: object, dispatcher: Dispatcher): void {
  whenCollected(pool, () => {
    if (!dispatcher.dropped()) return;
    process.emitWarning(
      'a Pool was dropped while it was running: its workers end when they have done what was submitted. Call close() or terminate() when you are done with a pool, or write `await using pool = new Pool()`',
      { type: 'ResourceWarning', code: 'MULTIPROC_POOL_DROPPED' },
    );
  });
}
