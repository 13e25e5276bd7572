/**
 * The barrier of a manager. Each passage is a round of its own: when all have come, the next round begins for those who come early, while the action
 * of this one runs.
 */

import { checkTimeout, type WaitOptions } from '../../base/deadlines.ts';
import { BrokenBarrierError } from '../../base/errors.ts';
import type { BarrierOptions } from '../../sync/barrier.ts';
import { checkCount } from '../../sync/counts.ts';
import { checkFunction } from '../../sync/functions.ts';
import { type ArgumentCounts, methodsOf } from '../argument_counts.ts';
import { caller } from '../caller.ts';
import { WaitingLine } from './waiting_line.ts';

/** One party has come for each wait, in this order. */
type Round = WaitingLine<undefined, number>;

/** `multiprocessing.managers`' Barrier, in the manager's server. Its action runs there. */
export class ManagedBarrier {
  /** With how many arguments it is made, and its methods are called. */
  static readonly argumentCounts: ArgumentCounts = {
    new: [1, 2],
    wait: [0, 1],
    reset: 0,
    abort: 0,
    parties: 0,
    nWaiting: 0,
    broken: 0,
  };
  /** What clients may call. */
  static readonly exposed: readonly string[] = methodsOf(ManagedBarrier.argumentCounts);

  readonly #parties: number;
  readonly #action: (() => unknown) | undefined;
  readonly #timeout: number;
  #round: Round = new WaitingLine();
  /** Full, and their actions run. */
  readonly #acting = new Set<Round>();
  #isBroken = false;

  constructor(parties: number, options: BarrierOptions = {}) {
    this.#parties = checkCount('the parties of a Barrier', parties, 1);
    this.#timeout = checkTimeout(options);
    this.#action = options.action ?? undefined;
    if (this.#action !== undefined) checkFunction('the action of a Barrier', this.#action);
  }

  async wait(options?: WaitOptions): Promise<number> {
    const timeout = checkTimeout(options, this.#timeout);
    if (this.#isBroken) throw brokenError();
    const client = caller();
    client.signal.throwIfAborted();
    const round = this.#round;
    const late = (): number => this.#tooLate(round, timeout);
    const isLast = round.length + 1 === this.#parties;
    if (timeout === 0 && !isLast) return late();
    const index = round.join(client, undefined, { timeout: isLast ? Infinity : timeout, late, signal: client.signal });
    const forget = client.whenGone(() => this.#breakFor(round));
    if (isLast) void this.#pass(round);
    return index.finally(forget);
  }

  reset(): void {
    this.#isBroken = false;
    this.#failAll();
  }

  abort(): void {
    this.#isBroken = true;
    this.#failAll();
  }

  parties(): number {
    return this.#parties;
  }

  nWaiting(): number {
    return [this.#round, ...this.#acting].reduce((sum, round) => sum + round.length, 0);
  }

  broken(): boolean {
    return this.#isBroken;
  }

  toString(): string {
    return this.#isBroken ? '<Barrier: broken>' : `<Barrier: waiters=${this.nWaiting()}/${this.#parties}>`;
  }

  async #pass(round: Round): Promise<void> {
    const waits = [...round];
    this.#round = new WaitingLine();
    if (this.#action) {
      this.#acting.add(round);
      try {
        await this.#action();
      } catch (error) {
        // The party that came last is told what went wrong, the others that something did.
        waits.at(-1)!.fail(error);
        this.#breakFor(round);
      } finally {
        this.#acting.delete(round);
      }
    }
    for (const [index, wait] of waits.entries()) wait.serve(index);
  }

  #tooLate(round: Round, timeout: number): never {
    const count = round.length;
    this.#breakFor(round);
    throw new BrokenBarrierError(
      `${count} of ${this.#parties} parties had come to the barrier after ${timeout} ms, which broke it for all: reset() makes it whole again`,
    );
  }

  /** One of the round does not wait for it any longer. A round that is over, or was reset, breaks nothing. */
  #breakFor(round: Round): void {
    if (round === this.#round || this.#acting.has(round)) this.abort();
  }

  #failAll(): void {
    const rounds = [this.#round, ...this.#acting];
    this.#round = new WaitingLine();
    this.#acting.clear();
    for (const round of rounds) round.failAll(brokenError());
  }
}

function brokenError(): BrokenBarrierError {
  return new BrokenBarrierError(
    'the barrier is broken: a party gave up or is gone, its action failed, or it was aborted or reset. reset() makes it whole again',
  );
}
