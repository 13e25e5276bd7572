/** The functions that `ref()` made in this process, by what they stand for. */
import type { AnyFunction } from './any_function.ts';
import type { FunctionReference } from './reference.ts';
import { referenceKey } from './reference.ts';

const standIns = new Map<string, WeakRef<AnyFunction>>();
const collected = new FinalizationRegistry<string>((key) => {
  if (standIns.get(key)?.deref() === undefined) standIns.delete(key);
});

export function standInOf(reference: FunctionReference): AnyFunction | undefined {
  return standIns.get(referenceKey(reference))?.deref();
}

export function rememberStandIn(fn: AnyFunction, reference: FunctionReference): void {
  const key = referenceKey(reference);
  standIns.set(key, new WeakRef(fn));
  collected.register(fn, key);
}
