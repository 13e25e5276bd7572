/**
 * Waiting: one doorbell wakes all waits of a thread. The byte means "look at everything", so each wait brings a function that looks.
 *
 * An async wait hears the doorbell through libuv; a sync wait sleeps in `poll` on the same FIFO after a short spin, and schedules the async ones before it returns.
 * Every sleeper looks by itself a few times a second: a waker can die between change and byte. At each such look it asks the kernel about one other participant,
 * and about those whose death would end the wait.
 */
import type { Socket } from 'node:net';
import { onAbort } from '../base/abort.ts';
import { checkTimeout, Deadline, type WaitOptions, type WaitSyncOptions } from '../base/deadlines.ts';
import { DeadlockError } from '../base/errors.ts';
import type { OwnerWord } from '../memory/participants.ts';
import type { Session } from '../memory/session.ts';
import { onSessionOpen } from '../memory/session.ts';
import { platform } from '../platform/current.ts';
import { Doorbells } from './doorbells.ts';
import { LongSpins } from './spinning.ts';
import type { Ringer, WaitSet } from './wait_set.ts';

const LOOK_INTERVAL = 250;
/** A look takes 20 to 200 ns: a few microseconds, what a wake-up by the kernel costs at the least. */
export const SPINS = 60;
const LONG_SPIN_MS = 0.03;
const MAX_TIMER = 2 ** 31 - 1;

/** Between two looks of a loop of `try...` calls that finds nothing. */
const GLANCE_INTERVAL = 50;

interface Entry {
  readonly look: () => boolean;
  readonly fail: (error: unknown) => void;
  readonly suspects: Suspects | undefined;
}

/** Those whose death would end the wait: asked about at each look that a sleeper takes by itself. */
export type Suspects = () => Iterable<OwnerWord>;

export interface InternalWaitSyncOptions extends WaitSyncOptions {
  suspects?: Suspects;
  /** The call that waits, for the text of a DeadlockError. */
  what?: string;
  /** An attempt is a system call: no spin before the sleep. */
  isCostly?: boolean;
}

export interface InternalWaitOptions extends WaitOptions, InternalWaitSyncOptions {}

export class Waiting {
  readonly doorbells: Doorbells;
  readonly ringer: Ringer;
  readonly #session: Session;
  readonly #socket: Socket;
  readonly #entries = new Set<Entry>();
  #foreground = 0;
  #lookTimer: NodeJS.Timeout | undefined;
  readonly #longSpins = new LongSpins(LONG_SPIN_MS);
  #probed = 0;
  #glanced = 0;
  #scheduled = false;
  /** Called at each ring, and at each look that a sleeper takes by itself. */
  readonly heeds: (() => void)[] = [];
  /** Called before and after each sleep of this thread in a sync wait; `woken` = something that it waits for can be read. */
  readonly sleepHooks: { readonly before: () => void; readonly after: (woken: boolean) => void }[] = [];

  constructor(session: Session) {
    this.#session = session;
    this.doorbells = new Doorbells(session);
    const { participants } = session;
    this.ringer = {
      highSlot: () => participants.highSlot,
      current: (slot) => participants.current(slot),
      ring: (owner) => this.#ring(owner),
    };
    const onread = {
      buffer: Buffer.alloc(256),
      callback: () => {
        this.lookAtEverything();
        return true;
      },
    };
    // The socket owns the descriptor from here on, also in threads that only wait synchronously: it closes it when the thread ends.
    // Loaded here: importing the package must not cost what a program may never use.
    const { Socket } = process.getBuiltinModule('node:net');
    this.#socket = new Socket({ fd: session.doorbell, readable: true, writable: false, onread } as ConstructorParameters<
      typeof Socket
    >[0]);
    this.#socket.on('error', () => {});
    this.#socket.resume();
    this.#socket.unref();
    session.onDeath(() => this.#wakeAll());
    session.onPressureRaised = () => this.#wakeAll() > 0;
  }

  /**
   * Waits until `attempt` returns something other than undefined, and returns that; undefined = time ran out.
   * The caller has tried already. Errors of `attempt` reject. An abort rejects with the signal's reason.
   */
  wait<T>(sets: readonly WaitSet[], attempt: () => T | undefined, options?: InternalWaitOptions): Promise<T | undefined> {
    const timeout = checkTimeout(options);
    const signal = options?.signal;
    if (signal?.aborted) return Promise.reject(signal.reason);
    if (timeout === 0) return Promise.resolve(undefined);
    return new Promise<T | undefined>((resolve, reject) => {
      let timer: NodeJS.Timeout | undefined;
      let ignoreAbort: (() => void) | undefined;
      const end = (): boolean => {
        if (!this.#entries.delete(entry)) return false;
        clearTimeout(timer);
        ignoreAbort?.();
        this.#leave(sets);
        this.#left(true);
        return true;
      };
      const entry: Entry = {
        look: () => {
          const value = attempt();
          if (value === undefined) return false;
          if (end()) resolve(value);
          return true;
        },
        fail: (error) => giveUp(() => reject(error)),
        suspects: options?.suspects,
      };
      const giveUp = (settle: () => void): void => {
        if (!end()) return;
        // Perhaps we were the one that was rung: somebody else can go on instead.
        for (const set of sets) this.wake(set);
        settle();
      };
      for (const set of sets) set.enter(this.#session.self);
      this.#entries.add(entry);
      this.#entered(true);
      if (timeout !== Infinity) {
        // A timer holds 24.8 days at the most: longer waits take several.
        const expire = (left: number): void => {
          timer = setTimeout(
            () => {
              if (left > MAX_TIMER) return expire(left - MAX_TIMER);
              // The thread may have been busy when the ring came: what came in time counts.
              this.#lookAt(entry);
              giveUp(() => resolve(undefined));
            },
            Math.min(left, MAX_TIMER),
          );
        };
        expire(timeout);
      }
      ignoreAbort = signal && onAbort(signal, () => giveUp(() => reject(signal.reason)));
      this.#lookAt(entry);
    });
  }

  /**
   * The same, blocking the thread. `more` are further descriptors that end a sleep early.
   * Throws DeadlockError where nobody is left who could change the object; a wait without sets is for something else than an object.
   */
  waitSync<T>(
    sets: readonly WaitSet[],
    attempt: () => T | undefined,
    options?: InternalWaitSyncOptions,
    more: readonly number[] = [],
  ): T | undefined {
    const timeout = checkTimeout(options);
    if (timeout === 0) return undefined;
    const early = options?.isCostly ? undefined : this.#spin(attempt);
    if (early !== undefined) return early;
    const deadline = new Deadline(timeout);
    const { self, doorbell } = this.#session;
    const isForPeers = timeout === Infinity && more.length === 0 && sets.length > 0;
    let value: T | undefined;
    let woken = false;
    for (const set of sets) set.enter(self);
    try {
      for (;;) {
        this.doorbells.heard();
        value = attempt();
        const left = deadline.left();
        if (value !== undefined || left <= 0) return value;
        if (isForPeers && !woken && this.#isAlone()) {
          // The last one may have changed something before it left.
          value = attempt();
          if (value === undefined) throw deadlock(options?.what);
          return value;
        }
        for (const hook of this.sleepHooks) hook.before();
        woken = platform().waitReadable([doorbell, ...more], Math.min(left, LOOK_INTERVAL));
        for (const hook of this.sleepHooks) hook.after(woken);
        this.#heed();
        if (woken) platform().drain(doorbell);
        else {
          this.#probeNext();
          if (options?.suspects) this.#probeAll(options.suspects);
        }
      }
    } finally {
      this.#leave(sets);
      if (value === undefined) for (const set of sets) this.wake(set);
      this.lookSoon();
    }
  }

  /**
   * Looks again and again for about as long as a sleep and a wake-up would take: who is answered at once goes on without the kernel, and who is not
   * has lost no more than the sleep costs anyway. Rings meanwhile need no byte: this thread is awake, and everything of it looks afterwards.
   */
  #spin<T>(attempt: () => T | undefined): T | undefined {
    const { doorbells } = this;
    let value: T | undefined;
    doorbells.awake();
    try {
      for (let spin = 0; spin < SPINS && value === undefined; spin++) value = attempt();
      const longer = value === undefined ? this.#longSpins.next() : 0;
      if (longer === 0) return value;
      const until = performance.now() + longer;
      while (value === undefined && performance.now() < until)
        for (let i = 0; i < 8 && value === undefined; i++) value = attempt();
      this.#longSpins.ended(longer, value !== undefined);
      return value;
    } finally {
      doorbells.heard();
      if (value !== undefined) this.lookSoon();
    }
  }

  /** Blocks the thread until a descriptor takes bytes, or something may want to be looked at; at most `timeout` ms. */
  sleepUntilWritable(fd: number, timeout: number): void {
    for (const hook of this.sleepHooks) hook.before();
    platform().waitWritable(fd, Math.min(timeout, LOOK_INTERVAL));
    for (const hook of this.sleepHooks) hook.after(false);
    this.#heed();
  }

  /** Calls `look` whenever something may have changed, until the returned function is called. Does not keep the event loop alive by itself: see `keepAlive`. */
  subscribe(sets: readonly WaitSet[], look: () => void): () => void {
    const entry: Entry = {
      look: () => {
        look();
        return false;
      },
      fail: (error) => {
        // A listener of ours that throws is a bug: it must not stay silent, nor stop the others.
        queueMicrotask(() => {
          throw error;
        });
      },
      suspects: undefined,
    };
    for (const set of sets) set.enter(this.#session.self);
    this.#entries.add(entry);
    this.#entered(false);
    this.lookSoon();
    return () => {
      if (!this.#entries.delete(entry)) return;
      for (const set of sets) set.leave(this.#session.self);
      this.#left(false);
    };
  }

  /** Somebody waits (+1) or no longer waits (-1) for what a subscription brings. */
  keepAlive(change: 1 | -1): void {
    this.#foreground += change;
    if (this.#foreground === 0) this.#socket.unref();
    else if (this.#foreground === 1 && change === 1) this.#socket.ref();
  }

  /** For `try...` calls that found nothing: a loop of them, which never sleeps, must learn of deaths too. */
  glance(suspects: Suspects): void {
    const now = performance.now();
    if (now - this.#glanced < GLANCE_INTERVAL) return;
    this.#glanced = now;
    this.#probeAll(suspects);
  }

  /** Wakes up to `count` sleepers of a set; the caller has changed the state before. */
  wake(set: WaitSet, count = 1): void {
    if (set.occupied) set.wake(count, this.ringer);
  }

  /** What a ring means. */
  lookAtEverything(): void {
    this.doorbells.heard();
    this.#heed();
    this.look();
  }

  /** All waits of this thread look, whatever the doorbell says. */
  look(): void {
    // A copy: waits that a look begins have looked themselves.
    for (const entry of [...this.#entries]) if (this.#entries.has(entry)) this.#lookAt(entry);
  }

  #heed(): void {
    this.#session.heedPressure();
    for (const heed of this.heeds) heed();
  }

  #lookAt(entry: Entry): void {
    try {
      entry.look();
    } catch (error) {
      entry.fail(error);
    }
  }

  #ring(owner: OwnerWord): 'rung' | 'pending' | 'dead' {
    // Our own async waits look soon: by a turn of the loop, not from inside the operation that changed the state.
    if (owner === this.#session.self) this.lookSoon();
    return this.doorbells.ring(owner);
  }

  /** This thread's async waits look by a turn of the loop. */
  lookSoon(): void {
    if (this.#scheduled || this.#entries.size === 0) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.lookAtEverything();
    });
  }

  /** A ring that came after the last look may have been for another of the set: this wait will not look again, so it is passed on. */
  #leave(sets: readonly WaitSet[]): void {
    for (const set of sets) set.leave(this.#session.self);
    if (this.doorbells.isRung) for (const set of sets) this.wake(set);
  }

  /** After a death everybody looks: what the dead held can be had, and who waited for the dead waits in vain. */
  #wakeAll(): number {
    const { participants, self } = this.#session;
    const others = [...participants.listed()].filter((owner) => owner !== self && !participants.isSpare(owner));
    this.lookSoon();
    for (const owner of others) this.doorbells.ring(owner);
    return others.length;
  }

  #entered(keepsAlive: boolean): void {
    if (keepsAlive) this.keepAlive(1);
    this.#lookTimer ??= setInterval(() => {
      this.#probeNext();
      for (const { suspects } of [...this.#entries]) if (suspects) this.#probeAll(suspects);
      this.lookAtEverything();
    }, LOOK_INTERVAL).unref();
  }

  #left(keepsAlive: boolean): void {
    if (keepsAlive) this.keepAlive(-1);
    if (this.#entries.size > 0) return;
    clearInterval(this.#lookTimer);
    this.#lookTimer = undefined;
  }

  #isAlone(): boolean {
    const { participants, self } = this.#session;
    for (const owner of participants.listed()) if (owner !== self && !participants.isSpare(owner)) return false;
    return true;
  }

  #probeAll(suspects: Suspects): void {
    const { participants } = this.#session;
    for (const owner of suspects()) if (owner !== this.#session.self && participants.isListed(owner)) this.doorbells.probe(owner);
  }

  /** One participant for each look: all sleepers together ask about everybody several times a second. */
  #probeNext(): void {
    const { participants } = this.#session;
    const high = participants.highSlot;
    for (let i = 0; i < high; i++) {
      this.#probed = (this.#probed % high) + 1;
      const owner = participants.current(this.#probed);
      if (owner === this.#session.self || !participants.isListed(owner)) continue;
      this.doorbells.probe(owner);
      return;
    }
  }
}

function deadlock(what = 'a blocking wait'): DeadlockError {
  return new DeadlockError(
    `${what} would wait for ever: no other process or thread is left that could end it. Use the async form or a timeout, or start the others before`,
  );
}

let current: Waiting | undefined;
onSessionOpen((session) => {
  current = new Waiting(session);
});

/** This thread's waiting. The session is open by the time anybody can wait. */
export function waiting(): Waiting {
  return current!;
}
