/**
 * How many arguments methods take. It is said where a type is registered: a function of JavaScript does not know (docs/decisions/0026-argument-counts.md).
 */
import { argumentTypeError } from '../base/errors.ts';

/** So many, or from so many to so many (Infinity: any number). */
export type ArgumentCount = number | readonly [least: number, most: number];

/** By the method's name; `new`: of what makes the object, be it a function. Those that are not in it are not checked. */
export type ArgumentCounts = Readonly<Record<string, ArgumentCount>>;

const MAKER = 'new';

/** The methods that a table names. */
export function methodsOf(counts: ArgumentCounts): string[] {
  return Object.keys(counts).filter((name) => name !== MAKER);
}

/** Throws TypeError for what is no such table. */
export function checkArgumentCounts(typeid: string, counts: unknown): void {
  if (typeof counts !== 'object' || counts === null)
    throw argumentTypeError(`${typeid}: argumentCounts must be an object like { add: 2, scale: [1, 2] }, not ${typeof counts}`);
  for (const [name, count] of Object.entries(counts))
    if (!isCount(count))
      throw argumentTypeError(
        `${typeid}: argumentCounts.${name} must be a whole number of at least 0, or [least, most], like 2 or [1, Infinity]`,
      );
}

/** What is wrong with a call of so many arguments; undefined = nothing. */
export function wrongCount(typeid: string, method: string, counts: ArgumentCounts, given: number): TypeError | undefined {
  if (fits(counts, method, given)) return undefined;
  return misfit(`${method}() of ${typeid}`, counts[method], given);
}

/** The same for what makes an object. */
export function wrongMakerCount(typeid: string, counts: ArgumentCounts, given: number): TypeError | undefined {
  return fits(counts, MAKER, given) ? undefined : misfit(`${typeid}()`, counts[MAKER], given);
}

/** On the way of each call: no text is made where nothing is wrong. */
function fits(counts: ArgumentCounts, name: string, given: number): boolean {
  if (!Object.hasOwn(counts, name)) return true;
  const count = counts[name];
  return typeof count === 'number' ? given === count : given >= count[0] && given <= count[1];
}

function misfit(what: string, count: ArgumentCount, given: number): TypeError {
  const [least, most] = typeof count === 'number' ? [count, count] : count;
  const fix = given < least ? 'add what is missing' : `leave out the last ${given - most}`;
  return argumentTypeError(`${what} takes ${textOf(least, most)}, and was called with ${given}: ${fix}`);
}

function textOf(least: number, most: number): string {
  if (most === 0) return 'no arguments';
  if (least === most) return most === 1 ? '1 argument' : `${most} arguments`;
  if (most === Infinity) return `at least ${least} ${least === 1 ? 'argument' : 'arguments'}`;
  return `${least} to ${most} arguments`;
}

function isCount(count: unknown): count is ArgumentCount {
  const [least, most] = Array.isArray(count) ? count : [count, count];
  if (Array.isArray(count) && count.length !== 2) return false;
  return Number.isInteger(least) && least >= 0 && (Number.isInteger(most) || most === Infinity) && most >= least;
}
