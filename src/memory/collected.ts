/**
 * Clean-ups that run when an object of this thread has been collected. The engine tells of that between turns of the event loop only;
 * a loop that never leaves sync code never hears of it (0 of 2,000,000), and asks by `sweepCollected`.
 */

interface Entry {
  readonly object: WeakRef<object>;
  readonly cleanUp: () => void;
}

export type Watch = Entry;

const entries = new Set<Entry>();
const registry = new FinalizationRegistry<Entry>((entry) => finish(entry));

/** How many objects may be watched before sync code looks for dead ones by itself. */
const LEAST_SWEEP = 4096;
/** A sweep costs a full garbage collection: objects made meanwhile for each millisecond that the last one took (6 us each at the most). */
const PER_MILLISECOND = 150;
/** On a busy machine a sweep seems to cost more than it does. */
const MOST_BETWEEN = 12_288;
let sweepAt = LEAST_SWEEP;

/** Calls `cleanUp` once, some time after `object` is gone. `cleanUp` must not refer to it. */
export function whenCollected(object: object, cleanUp: () => void): Watch {
  if (entries.size >= sweepAt) sweepCollected();
  const entry: Entry = { object: new WeakRef(object), cleanUp };
  entries.add(entry);
  registry.register(object, entry, entry);
  return entry;
}

/** The object, if it still is there. */
export function watched(watch: Watch): object | undefined {
  return watch.object.deref();
}

/** The clean-up is not wanted any more. */
export function unwatch(watch: Watch): void {
  entries.delete(watch);
  registry.unregister(watch);
}

function finish(entry: Entry): void {
  if (entries.delete(entry)) entry.cleanUp();
}

/** Collects garbage now and runs the clean-ups of what is gone. Returns how many ran. Costs a full garbage collection. */
export function sweepCollected(): number {
  const started = performance.now();
  releaseWeakReferences();
  collectGarbage();
  let ran = 0;
  for (const entry of [...entries]) {
    if (entry.object.deref() !== undefined) continue;
    registry.unregister(entry);
    finish(entry);
    ran++;
  }
  const took = performance.now() - started;
  sweepAt = entries.size + Math.max(LEAST_SWEEP, entries.size, Math.min(took * PER_MILLISECOND, MOST_BETWEEN));
  return ran;
}

let releaseWeakReferences = (): void => {
  const { createContext, Script } = process.getBuiltinModule('node:vm');
  // What a WeakRef gave out, or was made of, is held until the microtasks have run. Only a context with a queue of its own runs them inside sync code.
  const context = createContext({}, { microtaskMode: 'afterEvaluate' });
  const script = new Script('0');
  releaseWeakReferences = () => void script.runInContext(context);
  releaseWeakReferences();
};

let collectGarbage = (): void => {
  process.getBuiltinModule('node:v8').setFlagsFromString('--expose-gc');
  collectGarbage = process.getBuiltinModule('node:vm').runInNewContext('gc') as () => void;
  collectGarbage();
};
