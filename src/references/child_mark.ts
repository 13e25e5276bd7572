/**
 * Whether this process is a child of the library. The mark is a property of the global object, not of this module and not of the
 * environment: every copy of the library in the process sees it, and an ordinary program that a child spawns does not inherit it.
 */
const MARK = Symbol.for('multiproc.child');
const marked = globalThis as { [MARK]?: true };

/** Called by a child's bootstrap, before it imports anything of the user's. */
export function markChild(): void {
  Object.defineProperty(globalThis, MARK, { value: true, configurable: true });
}

export function isChild(): boolean {
  return marked[MARK] === true;
}
