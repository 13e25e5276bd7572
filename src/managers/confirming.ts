/** A referent that wants to know that what a client got from it has arrived. */
export const confirmed = Symbol('confirmed');

export interface Confirming {
  /** The client has what it was given with `ticket`. One that is not known means nothing. */
  [confirmed](client: number, ticket: number): void;
}
