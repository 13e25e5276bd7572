/** Names of participants for text forms. This layer knows none: the layer of processes brings them. */
import type { OwnerWord } from '../memory/participants.ts';
import { session } from '../memory/session.ts';

let nameOf = (owner: OwnerWord): string | undefined => (owner === session().self ? `pid ${process.pid}` : undefined);

export function setOwnerNames(lookup: (owner: OwnerWord) => string | undefined): void {
  nameOf = lookup;
}

/** As CPython shows owners: a name, `None`, or `SomeOtherProcess`. */
export function ownerName(owner: OwnerWord): string {
  return owner === 0 ? 'None' : (nameOf(owner) ?? 'SomeOtherProcess');
}
