/** Messages that come from, or go to, programs that share no memory with this one: another session, another machine. */

/** A context of `encode` and `decode`. */
export interface Foreign {
  readonly isForeign: true;
}

/** Whether the other side of a message is not of this session. */
export function isForeign(context: unknown): boolean {
  return (context as Foreign | undefined)?.isForeign === true;
}
