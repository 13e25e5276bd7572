/**
 * What a pool and its workers say to each other, over one private pair of rings for each worker. Version 1.
 *
 * A message is a sequence of encoded values; the first is its kind.
 *
 *   to the worker
 *     CALL  id function-number [function] args        f(...args)
 *     MAP   id function-number [function] items       f(item) for each; item i has id + i
 *     STAR  id function-number [function] items       f(...item) for each
 *     TERMS attempt timed, then one of these          the tasks are tried for the attempt-th time; timed: the worker stores when each of them starts
 *   The end of the pool's side of the ring asks the worker to end. The function is there while the worker has not shown that it knows the number: FUNCTION_KNOWN or FUNCTION_FOLLOWS says which.
 *
 *   to the worker, in a ring of its own, which it looks at once a task has asked for its signal
 *     CANCEL id last reason                           nobody waits for the task any more, nor for those after it up to the last, which are of the same message
 *
 *   to the pool
 *     READY                                           the initialiser has run
 *     DONE   id value
 *     BATCH  id length value length value ...         of consecutive tasks, in a record that grows as they are done; length: 2 bytes, of the value, the low byte first
 *     IMMEDIATES id, 0 up to a multiple of 8 bytes, 8 bytes for each value    the same where all are immediate values (immediates.ts)
 *     FAILED id error
 *     REFUSED id whole error                          the message could not be decoded; whole: its function could not, so each of its tasks fails
 *     SKIPPED id count                                the tasks were not begun: CANCEL has said that nobody waits for them
 *     PROGRESS id done [total]                        how far a task is; the last one comes before its outcome
 *     HEEDS  id                                       the task has asked for its signal: CANCEL reaches it
 *     STARTED id time                                 where a worker has several tasks at once: a timed one has started, at STARTED_AT
 *     FULL                                            the worker holds more memory than it may: it takes no more and ends
 *     BROKEN error                                    no worker can work: the initialiser failed, or the module starts processes
 *
 * Beside the rings lies one word, STARTED: the id that the worker is at, shifted left by one, the lowest bit set while it decodes the message. It is stored
 * before anything of the user's runs, so that a death costs that task alone. 0 = none yet. Ids begin at 1 and count up for the life of a worker.
 * STARTED_AT, the word after it, is the time (`sharedNow`) at which a timed task started, stored before STARTED: a worker that dies in between has not started the
 * task, and a pool that reads both words in between takes the time of the task after for its own, which makes its limit longer by the time that it ran, never shorter.
 * Where a worker has several tasks at once they start in the order of their ids all the same: a death costs those up to STARTED that are not settled.
 */
import type { Reader } from '../serialization/reader.ts';
import type { Writer } from '../serialization/writer.ts';

export const Kind = {
  CALL: 1,
  MAP: 2,
  STAR: 3,
  READY: 4,
  DONE: 5,
  FAILED: 6,
  REFUSED: 7,
  BROKEN: 8,
  BATCH: 9,
  FULL: 20,
  TERMS: 10,
  PROGRESS: 11,
  HEEDS: 12,
  CANCEL: 13,
  STARTED: 14,
  SKIPPED: 15,
  IMMEDIATES: 16,
} as const;
export type TaskKind = typeof Kind.CALL | typeof Kind.MAP | typeof Kind.STAR;

export const FUNCTION_KNOWN = 0;
export const FUNCTION_FOLLOWS = 1;

/** Ids stay below 2^30, so that STARTED is a positive word; then the worker is replaced. */
export const MAX_ID = 2 ** 30 - 1;

export function writeTerms(writer: Writer, attempt: number, isTimed: boolean): void {
  writer.write(Kind.TERMS);
  writer.write(attempt);
  writer.write(isTimed);
}

/** Terms that were begun, and the kind that follows. */
export function skipTerms(reader: Reader): void {
  for (let i = 0; i < 3; i++) reader.read();
}

/** Room for the length of a value of a BATCH, filled in by `setLength` when the value is there. */
export function writeLength(writer: Writer): void {
  writer.byte(0);
  writer.byte(0);
}

export function setLength(writer: Writer, position: number, length: number): void {
  writer.bytes[position] = length & 0xff;
  writer.bytes[position + 1] = length >> 8;
}

export function readLength(reader: Reader): number {
  const low = reader.byte();
  return low | (reader.byte() << 8);
}

/** Where the first 8 bytes of IMMEDIATES stand, behind a header of so many. */
export function alignUp(length: number): number {
  return (length + 7) & ~7;
}

/** How a worker finds its channel: plain data in its orders. */
export interface ChannelAddress {
  readonly tasks: { readonly index: number; readonly generation: number };
  readonly results: { readonly index: number; readonly generation: number };
  /** What the worker measures of itself (meter.ts). */
  readonly meter: { readonly index: number; readonly generation: number };
  readonly control: { readonly index: number; readonly generation: number };
}
