import { inspect } from 'node:util';

/** Where a value stands inside what is sent, as the expression that reaches it: `args[0].items.get("k")`. */

/** How a container is entered. */
export type Step = typeof PROPERTY | typeof MAP_VALUE | typeof MAP_KEY | typeof SET_VALUE | typeof REDUCED_VALUE;
export const PROPERTY = 0;
export const MAP_VALUE = 1;
export const MAP_KEY = 2;
export const SET_VALUE = 3;
/** What a reducer made of its object. */
export const REDUCED_VALUE = 4;

const identifier = /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u;

/** `key` is an index or property name; for MAP_VALUE the key itself; for MAP_KEY and SET_VALUE the position. */
export function pathStep(step: Step, key: unknown): string {
  switch (step) {
    case MAP_VALUE:
      return `.get(${typeof key === 'string' ? JSON.stringify(key) : inspect(key, { depth: 0, breakLength: Infinity, customInspect: false })})`;
    case MAP_KEY:
      return `.keys()[${key}]`;
    case SET_VALUE:
      return `.values()[${key}]`;
    case REDUCED_VALUE:
      return '.<reduced>';
    default:
      if (typeof key === 'number') return `[${key}]`;
      return identifier.test(String(key)) ? `.${String(key)}` : `[${JSON.stringify(key)}]`;
  }
}
