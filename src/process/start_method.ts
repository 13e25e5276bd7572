/** The start methods: their names, and which one this program uses. */
import { argumentRangeError, argumentTypeError, StartMethodError } from '../base/errors.ts';

/** `spawn`: a fresh Node.js for each process. `warm`: one that was booted before and waits, where there is one; CPython's `forkserver`. */
export type StartMethod = 'spawn' | 'warm';

/** The first is the default. */
const METHODS: readonly StartMethod[] = ['spawn', 'warm'];

/** A class of a context names its method here. */
export const START_METHOD = Symbol('start method');

/** Undefined until somebody chooses, or uses the default. */
let method: StartMethod | undefined;

/** What `setStartMethod` chose, or the default, which is fixed by asking; with `allowNone` null instead. */
export function getStartMethod(): StartMethod;
export function getStartMethod(options: { allowNone?: boolean }): StartMethod | null;
export function getStartMethod({ allowNone = false }: { allowNone?: boolean } = {}): StartMethod | null {
  if (allowNone) return method ?? null;
  method ??= METHODS[0];
  return method;
}

/**
 * Chooses how `Process` and `Pool` start processes, once, before the first is started. `force`: also later. Children inherit it.
 * 'forkserver' is another name for 'warm'. Throws StartMethodError.
 */
export function setStartMethod(name: StartMethod | 'forkserver', { force = false }: { force?: boolean } = {}): void {
  const chosen = checkStartMethod(name);
  if (method !== undefined && !force)
    throw new StartMethodError(
      `the start method is '${method}' already: choose it before the first process is started, or pass { force: true }`,
    );
  method = chosen;
}

/** 'spawn' and 'warm'; the default comes first. */
export function getAllStartMethods(): StartMethod[] {
  return [...METHODS];
}

/** Of a class of a context, else the program's. */
export function startMethodOf(of: object): StartMethod {
  return (of as { [START_METHOD]?: StartMethod })[START_METHOD] ?? getStartMethod();
}

export function checkStartMethod(name: unknown): StartMethod {
  if (name === 'forkserver') return 'warm';
  if (METHODS.includes(name as StartMethod)) return name as StartMethod;
  if (name === 'fork')
    throw new StartMethodError(
      "'fork' cannot be: a copy of a Node.js process lacks its threads and its event loop's state. Use 'spawn', or 'warm', which is as quick as a fork",
    );
  if (typeof name !== 'string') throw argumentTypeError(`a start method must be 'spawn' or 'warm', not ${typeof name}`);
  throw argumentRangeError(`there is no start method '${name}': use 'spawn' or 'warm'`);
}

/** A child uses its parent's. */
export function inheritStartMethod(inherited: StartMethod): void {
  method = inherited;
}
