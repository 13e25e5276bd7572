/** `Pipe()`: two connected ends over rings in shared memory. */
import type { Connection } from './connection.ts';
import { PipeConnection } from './pipe_connection.ts';
import { Ring } from './ring.ts';

/** Bytes of each direction. Twice a Linux pipe: one side fills or empties a half of it while the other is being woken. */
const CAPACITY = 128 * 1024;

/** Receives only. */
export type Receiver<T> = Connection<T, never>;
/** Sends only. */
export type Sender<T> = Connection<never, T>;

/**
 * Two connected ends, as `multiprocessing.Pipe`. Two-way by default; `Pipe(false)` gives [the end that receives, the end that sends].
 * Throws SharedMemoryError when the session's memory is used up.
 */
export function Pipe<A = unknown, B = A>(duplex?: true): [Connection<A, B>, Connection<B, A>];
export function Pipe<T = unknown>(duplex: false): [Receiver<T>, Sender<T>];
export function Pipe(duplex = true): [Connection<any, any>, Connection<any, any>] {
  const there = Ring.create(CAPACITY);
  if (!duplex) return [new PipeConnection(there, undefined), new PipeConnection(undefined, there)];
  const back = Ring.create(CAPACITY);
  return [new PipeConnection(there, back), new PipeConnection(back, there)];
}
