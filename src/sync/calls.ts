/**
 * Which `runExclusive` the running code belongs to: the one it was called from, however many awaits ago.
 * AsyncLocalStorage makes every promise of a program dearer, so it is begun with the first call that needs it.
 */
import type { AsyncLocalStorage } from 'node:async_hooks';

/** One call of `runExclusive`, and the one it runs in. */
export interface Call {
  readonly outer: Call | undefined;
  /** It has given its lock back. What it left behind (timers, listeners) still runs in it. */
  isOver: boolean;
}

let storage: AsyncLocalStorage<Call> | undefined;

export function newCall(): Call {
  // Those that are over own nothing: a timer that is set again in each call would lengthen the chain for ever.
  let outer = storage?.getStore();
  while (outer?.isOver) outer = outer.outer;
  return { outer, isOver: false };
}

export function runInside<T>(call: Call, fn: () => T): T {
  if (storage === undefined) {
    const { AsyncLocalStorage } = process.getBuiltinModule('node:async_hooks');
    storage = new AsyncLocalStorage();
  }
  return storage.run(call, fn);
}

export function isInside(call: Call): boolean {
  for (const running of enclosing()) if (running === call) return true;
  return false;
}

/** The calls that the running code is inside, from the innermost on. */
export function* enclosing(): Generator<Call, void, undefined> {
  for (let running = storage?.getStore(); running !== undefined; running = running.outer) yield running;
}
