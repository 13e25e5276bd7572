/** Barrier: parties wait until all have come. Its words are BarrierWords'; here are the parties of this thread, and the action. */
import { checkTimeout, type WaitOptions, type WaitSyncOptions } from '../base/deadlines.ts';
import { BrokenBarrierError } from '../base/errors.ts';
import { soon } from '../base/event_loop.ts';
import { addInstance, type Instance } from '../memory/instances.ts';
import { MAX_SLOTS } from '../memory/layout.ts';
import { type ObjectKind, type ObjectReference, registerObjectKind } from '../memory/object_kinds.ts';
import type { OwnerWord } from '../memory/participants.ts';
import { type Session, session } from '../memory/session.ts';
import { registerObjectKind as registerTravel } from '../serialization/registry.ts';
import { packReference, unpackReference } from '../serialization/shared_objects.ts';
import { waiting } from '../wakeup/waiting.ts';
import { BARRIER_WORDS, BarrierWords } from './barrier_words.ts';
import { checkCount } from './counts.ts';
import { checkFunction, refusePromise } from './functions.ts';
import { adopt, place } from './place.ts';

export interface BarrierOptions {
  /** Called by the last party to arrive, before any goes on. An async one is awaited; then that party must not wait by `waitSync`. */
  action?: (() => unknown) | null;
  /** Milliseconds that `wait` waits where it gives no `timeout` of its own. */
  timeout?: number;
}

const kind: ObjectKind = {
  code: 10,
  name: 'barrier',
  holderGone(unit, owner) {
    wordsOf(unit).gone(owner);
  },
  check: (unit) => wordsOf(unit).check(),
};
registerObjectKind(kind);

function wordsOf(unit: number): BarrierWords {
  const { words, index } = session().heap.structure(unit);
  return new BarrierWords(session(), words, index);
}

/** What a look at the barrier brings besides an index. */
const FAILED = -1;
const ACT = -2;

/** A wait of this thread. */
interface Party {
  /** Inside, and to be drained. */
  hasArrived: boolean;
  /** Its index, or FAILED. */
  outcome: number | undefined;
  /** What the action threw that another wait ran for it. */
  error?: { readonly error: unknown };
}

/**
 * Lets parties (tasks, threads, processes) go on when `parties` of them have come, again and again, as `multiprocessing.Barrier`.
 *
 * It breaks, for all of them, when one does not want to wait any longer, when the action throws, by `abort()`, and when a process that has the barrier
 * is killed, whether it had come or not: nobody can know that it would not have come. A process that ends by itself breaks it only while it waits.
 */
export class Barrier implements Instance {
  /** @internal */
  readonly reference: ObjectReference;
  readonly #session: Session;
  readonly #words: BarrierWords;
  readonly #action: (() => unknown) | undefined;
  readonly #timeout: number;
  /** Those inside, in the order in which they came. */
  readonly #inside = new Set<Party>();
  /** Those that wait for the round before to be over. */
  readonly #early = new Set<Party>();
  #suspected = 0;

  /** Throws RangeError, TypeError; SharedMemoryError when the session's memory is used up. */
  constructor(parties: number, options: BarrierOptions = {}) {
    checkCount('the parties of a Barrier', parties, 1);
    this.#timeout = checkTimeout(options);
    const action = options.action ?? undefined;
    if (action !== undefined) checkFunction('the action of a Barrier', action);
    this.#action = action;
    const found = place(kind, BARRIER_WORDS, (words, index) => BarrierWords.fill(words, index, parties));
    this.#session = found.session;
    this.#words = new BarrierWords(found.session, found.words, found.index);
    this.reference = found.reference;
    if (found.isNew) addInstance(found.session, this, found.reference);
  }

  /** @internal The barrier that a reference names. Throws SharedMemoryError when it is gone. */
  static from(reference: ObjectReference, options: BarrierOptions): Barrier {
    return adopt(reference, kind, () => new Barrier(1, options));
  }

  /** @internal */
  static optionsOf(barrier: Barrier): [action: (() => unknown) | null, timeout: number] {
    return [barrier.#action ?? null, barrier.#timeout];
  }

  /** How many have to come. */
  get parties(): number {
    return this.#words.parties;
  }

  /** How many wait: at once out of date. */
  get nWaiting(): number {
    return this.#words.waiting;
  }

  get broken(): boolean {
    return this.#words.isBroken;
  }

  /**
   * Waits until all parties have come, and returns a number from 0 to parties - 1, another one to each. When time runs out (`timeout`, ms; else the barrier's own)
   * the barrier breaks: BrokenBarrierError for all. The same when it breaks otherwise. An abort takes this wait back and rejects with the signal's reason; the barrier stays whole.
   * Rejects with what the action throws, where it was this one that called it.
   */
  async wait(options?: WaitOptions): Promise<number> {
    const timeout = checkTimeout(options, this.#timeout);
    const signal = options?.signal;
    signal?.throwIfAborted();
    const party: Party = { hasArrived: false, outcome: undefined };
    let outcome = this.#look(party);
    try {
      const attempt = (): number | undefined => this.#look(party);
      outcome ??= await waiting().wait([this.#words.waiters], attempt, { timeout, signal, suspects: this.#suspects });
    } catch (error) {
      return this.#withdraw(party, error);
    }
    if (outcome === ACT) await this.#act(party);
    return soon(this.#indexOf(party, timeout));
  }

  /** The same, blocking the thread. DeadlockError when no other process or thread is left that could come, and there is no time limit. */
  waitSync(options?: WaitSyncOptions): number {
    const timeout = checkTimeout(options, this.#timeout);
    const party: Party = { hasArrived: false, outcome: undefined };
    let outcome = this.#lookBlocking(party);
    try {
      const attempt = (): number | undefined => this.#lookBlocking(party);
      const what = 'waitSync() on a Barrier';
      outcome ??= waiting().waitSync([this.#words.waiters], attempt, { timeout, suspects: this.#suspects, what });
    } catch (error) {
      return this.#withdraw(party, error);
    }
    if (outcome === ACT) this.#actSync(party);
    return this.#indexOf(party, timeout);
  }

  /** The same without waiting: undefined, unless this one is the last to come. */
  tryWait(): number | undefined {
    const party: Party = { hasArrived: false, outcome: undefined };
    const outcome = this.#look(party, true);
    if (outcome === undefined) return undefined;
    if (outcome === ACT) this.#actSync(party);
    return this.#indexOf(party, 0);
  }

  /** Makes the barrier whole and empty. Those who wait get BrokenBarrierError. */
  reset(): void {
    this.#words.reset();
    this.#wakeAll();
  }

  /** Breaks the barrier: those who wait get BrokenBarrierError, and all who come, until `reset()`. */
  abort(): void {
    this.#words.break();
    this.#wakeAll();
  }

  toString(): string {
    return this.broken ? '<Barrier: broken>' : `<Barrier: waiters=${this.nWaiting}/${this.parties}>`;
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.toString();
  }

  // ---- the steps of a wait

  /** Undefined = to be waited for. */
  #look(party: Party, onlyLast = false): number | undefined {
    this.#drain();
    if (party.hasArrived || party.outcome !== undefined) return party.outcome;
    const arrival = this.#words.arrive(onlyLast);
    if (arrival === 'not last') return undefined;
    if (arrival === 'later') {
      if (!onlyLast) this.#early.add(party);
      return undefined;
    }
    this.#early.delete(party);
    if (arrival === 'broken') {
      party.outcome = FAILED;
      return FAILED;
    }
    party.hasArrived = true;
    this.#inside.add(party);
    return arrival === 'last' ? ACT : undefined;
  }

  /** A blocking look does what those of this thread cannot do meanwhile that came before: they arrive, and the action runs for one that was the last. */
  #lookBlocking(party: Party): number | undefined {
    for (const early of this.#early) {
      if (early === party) break;
      if (this.#look(early) !== ACT) continue;
      try {
        this.#actSync(early);
      } catch (error) {
        early.error = { error };
      }
    }
    return this.#look(party);
  }

  /** All of this thread at once: a party that blocks the thread in the next round would wait for those that cannot run. */
  #drain(): void {
    const drained = this.#words.drain();
    if (!drained) return;
    let index = drained.first;
    for (const party of this.#inside) party.outcome = drained.hasPassed ? index++ : FAILED;
    this.#inside.clear();
    waiting().lookSoon();
    if (drained.isLast) this.#wakeAll();
  }

  /** What became of a party whose wait is over. */
  #indexOf(party: Party, timeout: number): number {
    this.#early.delete(party);
    this.#drain();
    if (party.error) throw party.error.error;
    if (party.outcome === undefined) {
      const count = this.nWaiting;
      this.#words.break(party.hasArrived);
      this.#drain();
      this.#wakeAll();
      if (party.outcome === undefined || party.outcome === FAILED) {
        throw new BrokenBarrierError(
          `${count} of ${this.parties} parties had come to the barrier after ${timeout} ms, which broke it for all: reset() makes it whole again`,
        );
      }
    }
    if (party.outcome !== FAILED) return party.outcome;
    throw new BrokenBarrierError(
      'the barrier is broken: a party gave up or died, its action failed, or it was aborted or reset. reset() makes it whole again',
    );
  }

  /** An abort, or an error of the wait: one that has passed by now has passed. */
  #withdraw(party: Party, error: unknown): number {
    this.#early.delete(party);
    if (party.hasArrived && party.outcome === undefined) {
      if (this.#words.withdraw()) this.#inside.delete(party);
      else this.#drain();
    }
    if (party.outcome === undefined || party.outcome === FAILED) throw error;
    return party.outcome;
  }

  async #act(party: Party): Promise<void> {
    let isFine = false;
    try {
      await this.#action?.();
      isFine = true;
    } finally {
      this.#acted(party, isFine);
    }
  }

  #actSync(party: Party): void {
    let isFine = false;
    try {
      refusePromise(this.#action?.(), 'the action of the barrier', 'waitSync()', 'await wait()');
      isFine = true;
    } finally {
      this.#acted(party, isFine);
    }
  }

  #acted(party: Party, isFine: boolean): void {
    // One that was drained meanwhile has no round any more: another action of this thread may run for the next one.
    if (party.outcome === undefined) this.#words.acted(isFine);
    this.#drain();
    this.#wakeAll();
  }

  #wakeAll(): void {
    if (this.#words.waiters.occupied) waiting().wake(this.#words.waiters, MAX_SLOTS);
  }

  /** Any holder's death breaks it. All would be too many to ask at each look: a few, in turn, and who runs the action. */
  readonly #suspects = (): OwnerWord[] => {
    const { participants, objects } = this.#session;
    const owners: OwnerWord[] = [this.#words.actor];
    const high = participants.highSlot;
    for (let i = 0; i < high && owners.length < 8; i++) {
      this.#suspected = (this.#suspected % high) + 1;
      const owner = participants.current(this.#suspected);
      if (objects.isHeldBy(this.reference.index, owner)) owners.push(owner);
    }
    return owners;
  };
}

registerTravel<Barrier>({
  tag: 9,
  class: Barrier,
  encode: (barrier, context) => [packReference(barrier.reference, 0, context), ...Barrier.optionsOf(barrier)],
  decode: (packed) => {
    const [reference, action, timeout] = (Array.isArray(packed) ? packed : []) as [unknown, (() => unknown) | null, number];
    return Barrier.from(unpackReference(reference), { action, timeout });
  },
});
