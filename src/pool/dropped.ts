/** Pools that are let go of without an end: CPython's ResourceWarning, and their workers end. */
import type { Dispatcher } from './dispatcher.ts';

/** What is pending is done first: a result, or an iterator over results, may be all that is left of a pool. */
const dropped = new FinalizationRegistry<Dispatcher>((dispatcher) => {
  if (dispatcher.isEnding) return;
  dispatcher.close();
  process.emitWarning(
    'a pool was let go of while it ran, and is closed now: write "await using pool = new Pool()", or call close() or terminate()',
    {
      type: 'ResourceWarning',
      code: 'MULTIPROC_POOL_DROPPED',
    },
  );
});

/** The dispatcher must not lead to the pool. */
export function closeWhenDropped(pool: object, dispatcher: Dispatcher): void {
  dropped.register(pool, dispatcher);
}
