/** Presences that go with the message which is being written: held by this thread until the message holds them. */
import type { ObjectReference } from '../memory/object_kinds.ts';
import { grant, letGo } from '../sync/presence.ts';

const granted: ObjectReference[] = [];

/** A presence for the message that is being written. */
export function grantForMessage(present: ObjectReference | undefined): ObjectReference {
  const reference = grant(present);
  // Links settle by themselves. Another message (of a pool in the server, say) is whole by then.
  if (granted.push(reference) === 1) setImmediate(settleGrants);
  return reference;
}

/** The message holds its passengers, or was given up. */
export function settleGrants(): void {
  for (let reference = granted.pop(); reference !== undefined; reference = granted.pop()) letGo(reference);
}
