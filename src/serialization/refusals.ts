import { types } from 'node:util';

/** Why some objects of the runtime cannot be sent, and what to do instead. */

const refusals: readonly [is: (object: object) => boolean, reason: string][] = [
  [types.isPromise, 'a Promise stays in its process; await it and send the result'],
  [types.isWeakMap, 'the contents of a WeakMap cannot be listed; send a Map'],
  [types.isWeakSet, 'the contents of a WeakSet cannot be listed; send a Set'],
  [(object) => object instanceof WeakRef, 'a WeakRef is a reference of its own process; send what deref() returns'],
  [(object) => object instanceof FinalizationRegistry, 'a FinalizationRegistry watches objects of its own process'],
  [types.isGeneratorObject, 'a generator is a running function; send its items, [...generator]'],
  [types.isMapIterator, 'an iterator stays in its process; send its items, [...iterator]'],
  [types.isSetIterator, 'an iterator stays in its process; send its items, [...iterator]'],
  [types.isModuleNamespaceObject, 'a module is not a value; send the functions of it that are needed, or use refs()'],
  [types.isExternal, 'it is a pointer of native code'],
];

/** Undefined: nothing speaks against the object itself. */
export function refusalOf(object: object): string | undefined {
  for (const [is, reason] of refusals) if (is(object)) return reason;
  return undefined;
}
