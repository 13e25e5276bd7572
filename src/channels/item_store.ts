/** Where the items of a queue lie, as the queue sees it. */
import type { WaitSet } from '../wakeup/wait_set.ts';
import type { Message, Outgoing } from './message.ts';

export interface ItemStore {
  /** Items that may be in it, 0 = no bound. */
  readonly maxsize: number;
  readonly notEmpty: WaitSet;
  readonly notFull: WaitSet;
  /** Records up to this many bytes need no heap block of their own. */
  readonly inlineLimit: number;
  /** Items to get, exact. */
  readonly size: number;
  readonly isEmpty: boolean;
  readonly isFull: boolean;
  readonly isClosed: boolean;
  /** Closed, and what is there now is all that will ever be there. */
  readonly isOver: boolean;
  /** False = full now. Throws QueueShutDown. */
  tryPut(message: Outgoing): boolean;
  /** The next message, or undefined. Without `own` the bytes are good until this thread's next read of anything. */
  tryGet(own: boolean): Message | undefined;
  /** Nothing can be put any more. Wakes everybody. */
  close(): void;
}
