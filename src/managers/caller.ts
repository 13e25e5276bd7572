/** Who called: what a referent's method may want to know of the client for which it runs. */

/** A client of a manager: a process or worker thread, by its connection. */
export interface Caller {
  /** One per client and server; 0 is the server itself. */
  readonly id: number;
  /** The process's name, for messages: `Process-1`. */
  readonly name: string;
  /** Aborts when this call is cancelled by its client, or the client is gone. A method that has read it ends the call itself. */
  readonly signal: AbortSignal;
  /** Runs once when the client is gone (closed, ended or killed), at once where it is already. Returns what takes that back. */
  whenGone(run: () => void): () => void;
}

/** @internal Who makes the Caller of a call, where a method asks for it. */
export interface CallerSource {
  callerOf(call: number): Caller;
}

const never = new AbortController();
const server: Caller = { id: 0, name: 'the server', signal: never.signal, whenGone: () => () => {} };
let source: CallerSource | undefined;
let call = 0;

/** The client for which the method runs that asks, until its first await; outside of a call the server itself, which is never gone. */
export function caller(): Caller {
  return source === undefined ? server : source.callerOf(call);
}

/** @internal The synchronous part of a call begins; `leaveCall` with what this returns. */
export function enterCall(client: CallerSource, id: number): readonly [CallerSource | undefined, number] {
  const before = [source, call] as const;
  source = client;
  call = id;
  return before;
}

/** @internal */
export function leaveCall([sourceBefore, callBefore]: readonly [CallerSource | undefined, number]): void {
  source = sourceBefore;
  call = callBefore;
}
