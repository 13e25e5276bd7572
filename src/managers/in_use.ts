/** Referents that a client still needs without a proxy: it has something of theirs, and has not said yet that it arrived. */
const used = new WeakSet<object>();

export function setInUse(referent: object, isUsed: boolean): void {
  if (isUsed) used.add(referent);
  else used.delete(referent);
}

export function isInUse(referent: unknown): boolean {
  return typeof referent === 'object' && referent !== null && used.has(referent);
}
