/** Who called: what a referent's method may want to know of the client for which it runs. */

/** A client of a manager: a process or worker thread, by its connection. */
export interface Caller {
  /** One per client and server; 0 is the server itself. */
  readonly id: number;
  /** The process's name, for messages: `Process-1`. */
  readonly name: string;
  /** Aborts when this call is cancelled by its client, or the client is gone. A method that has read it ends the call itself. */
  readonly signal: AbortSignal;
  /** Runs once when the client is gone: closed, ended or killed. Returns what takes that back. */
  whenGone(run: () => void): () => void;
}

const server: Caller = {
  id: 0,
  name: 'the server',
  get signal() {
    return (never ??= new AbortController().signal);
  },
  whenGone: () => () => {},
};
let never: AbortSignal | undefined;
let current: Caller = server;

/** The client for which the method runs that asks, until its first await; outside of a call the server itself, which is never gone. */
export function caller(): Caller {
  return current;
}

/** @internal Who is asked for from now on; returns who was before. */
export function setCaller(next: Caller): Caller {
  const before = current;
  current = next;
  return before;
}
