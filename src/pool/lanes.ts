/**
 * A worker that has several async tasks under way at once: starts them in the order of their ids, the next when one has ended.
 *
 * The worker keeps its event loop alive while it has nothing to do, and not while tasks run: an empty loop then means that nothing is left to settle them, which ends the worker as it
 * ends one with a single task.
 */

import { deferred } from '../base/deferred.ts';
import type { Message } from '../channels/message.ts';
import { type Ring, RingRole } from '../channels/ring.ts';
import { waiting } from '../wakeup/waiting.ts';
import { Kind } from './protocol.ts';

/** The longest that tasks in a row keep timers and I/O waiting, in ms. */
const TURN_MS = 5;

/** The tasks of a message. */
export interface Work {
  readonly kind: number;
  readonly firstId: number;
  readonly task: (...args: readonly unknown[]) => unknown;
  readonly items: readonly unknown[];
  readonly attempt: number;
}

export interface LanesHost {
  /** Decodes a message, and hands it to `take` unless it has refused it. A promise where that has to wait. */
  open(message: Message): Promise<void> | undefined;
  /** A promise where the task is not done when it returns. */
  start(work: Work, index: number): Promise<void> | undefined;
  /** Whether a task of many was cancelled before it is started. */
  isUnwanted(id: number): boolean;
  /** This one and the rest of its message are not started. */
  skip(work: Work, index: number): Promise<void> | undefined;
  /** Whether it holds more memory than it may: what runs is the last. */
  isFull(): boolean;
  /** Publishes the results of sync tasks that were gathered. */
  flush(): void;
  /** No task runs (true), or one does again. */
  idle(isIdle: boolean): void;
}

export class Lanes {
  readonly #count: number;
  readonly #tasks: Ring;
  readonly #host: LanesHost;
  readonly #over = deferred<void>();
  #work: Work | undefined;
  #next = 0;
  #running = 0;
  /** A message waits for an import. */
  #isOpening = false;
  #isFilling = false;
  /** Timers and I/O have their turn. */
  #isResting = false;
  #hasBegun = false;
  isFull = false;
  #turned = 0;
  #isAwake = false;

  constructor(count: number, tasks: Ring, host: LanesHost) {
    this.#count = count;
    this.#tasks = tasks;
    this.#host = host;
  }

  /** Settles when the pool has ended this worker and all tasks are done. */
  run(): Promise<void> {
    waiting().subscribe([this.#tasks.readers], () => this.#fill());
    this.#fill();
    return this.#over.promise;
  }

  take(work: Work): void {
    this.#work = work;
    this.#next = 0;
  }

  #fill(): void {
    if (this.#isFilling || this.#isResting) return;
    this.#isFilling = true;
    try {
      while (this.#running < this.#count && this.#hasWork()) {
        this.#startNext();
        if (this.#isTurnDue()) break;
      }
      this.#host.flush();
    } catch (error) {
      this.#over.reject(error);
    } finally {
      this.#isFilling = false;
    }
    this.#keepAlive(this.#running === 0);
    if (this.#isEnd()) this.#over.resolve();
  }

  #hasWork(): boolean {
    while (!this.#work && !this.#isOpening) {
      this.isFull ||= this.#hasBegun && this.#host.isFull();
      if (this.isFull) return false;
      const message = this.#tasks.tryRead();
      if (!message) return false;
      this.#hasBegun = true;
      const opened = this.#host.open(message);
      if (!opened) continue;
      this.#isOpening = true;
      this.#follow(opened, () => {
        this.#isOpening = false;
      });
    }
    return this.#work !== undefined;
  }

  #startNext(): void {
    const work = this.#work!;
    const index = this.#next++;
    const isSkipped = work.kind !== Kind.CALL && this.#host.isUnwanted(work.firstId + index);
    if (isSkipped || work.kind === Kind.CALL || this.#next === work.items.length) this.#work = undefined;
    const pending = isSkipped ? this.#host.skip(work, index) : this.#host.start(work, index);
    if (!pending) return;
    this.#running++;
    this.#follow(pending, () => {
      this.#running--;
    });
  }

  #follow(promise: Promise<void>, then: () => void): void {
    promise.then(
      () => {
        then();
        this.#fill();
      },
      (error) => this.#over.reject(error),
    );
  }

  /** Timers and I/O of what the tasks began get their turn every few ms. */
  #isTurnDue(): boolean {
    const now = performance.now();
    if (now - this.#turned < TURN_MS) return false;
    this.#turned = now;
    this.#isResting = true;
    setImmediate(() => {
      this.#isResting = false;
      this.#fill();
    });
    return true;
  }

  #keepAlive(keep: boolean): void {
    if (keep === this.#isAwake) return;
    this.#isAwake = keep;
    this.#host.idle(keep);
    waiting().keepAlive(keep ? 1 : -1);
  }

  #isEnd(): boolean {
    if (this.#running > 0 || this.#work || this.#isOpening) return false;
    return this.isFull || (this.#tasks.isEmpty && !this.#tasks.isEndOpen(RingRole.WRITER));
  }
}
