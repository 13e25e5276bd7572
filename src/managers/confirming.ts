/** Referents that want to know that what a client got from them has arrived. */
type Confirm = (client: number, ticket: number) => void;

/** Not a method of theirs: nothing of a program's own objects is looked at because a client says so. */
const confirming = new WeakMap<object, Confirm>();

/** Has `confirm` called with the client and the ticket. One that is not known means nothing. */
export function whenConfirmed(referent: object, confirm: Confirm): void {
  confirming.set(referent, confirm);
}

export function confirmFor(referent: unknown): Confirm | undefined {
  return typeof referent === 'object' && referent !== null ? confirming.get(referent) : undefined;
}
