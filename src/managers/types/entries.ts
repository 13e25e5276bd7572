/** What a dict is made of: pairs, or a plain object. */
import { argumentTypeError } from '../../base/errors.ts';
import { shown } from '../../sharedctypes/type.ts';

export type Entries<K, V> = Iterable<readonly [K, V]> | (K extends string ? Readonly<Record<string, V>> : never);

/** Throws TypeError for what has no entries. */
export function entriesOf<K, V>(what: string, entries: Entries<K, V>): Iterable<readonly [K, V]> {
  if (entries !== null && typeof entries === 'object') {
    if (Symbol.iterator in entries) return pairs(what, entries as Iterable<unknown>) as Iterable<readonly [K, V]>;
    return Object.entries(entries) as unknown as Iterable<readonly [K, V]>;
  }
  throw argumentTypeError(`${what} must be a Map, an iterable of [key, value], or a plain object, not ${shown(entries)}`);
}

/** All are checked before the first is used. */
function pairs(what: string, entries: Iterable<unknown>): unknown[] {
  const all = [...entries];
  for (const pair of all)
    if (!Array.isArray(pair)) throw argumentTypeError(`${what} must consist of [key, value] pairs, not of ${shown(pair)}`);
  return all;
}
