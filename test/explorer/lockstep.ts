/**
 * A worker's side of the explorer: the observer of atomics, which runs the worker until the schedule wants another one to go on.
 * Imports nothing of the library: it has to be there before that.
 */
import { Area, type Control, FIRST_FORCED, MAX_CHOICES, OPERATIONS, Outcome, Status, Word } from './control.js';
import { Rounds } from './rounds.js';

/** Ends a worker's part of a failed schedule. */
export class Aborted extends Error {}

const codes = new Map<string, number>(OPERATIONS.map((name, code) => [name, code]));
const LOAD = codes.get('load')!;
const RING = codes.get('ring')!;
const DRAIN = codes.get('drain')!;
const POLL = codes.get('poll')!;
const START = codes.get('start')!;
const PAUSE = codes.get('pause')!;
const SLEEP = codes.get('sleep')!;
const END = codes.get('end')!;
const NOBODY = 7;
/** The library's own look at things: as if it never came. */
const LOOK_INTERVAL = 250;

interface Sleeper {
  waitReadable(fds: readonly number[], timeout: number): boolean;
  ring(fd: number): 'rung' | 'full' | 'dead';
  drain(fd: number): void;
}

export class Lockstep {
  readonly #control: Control;
  readonly #words: Int32Array;
  readonly #me: number;
  /** Steps count between `start` and `end`. */
  #counting = false;
  readonly #rounds = new Rounds();

  constructor(control: Control, me: number) {
    this.#control = control;
    this.#words = control.words;
    this.#me = me;
  }

  readonly observe = (operation: string, _words?: Int32Array, index = 0): unknown => {
    if (!this.#counting) return undefined;
    if (operation === 'pause') {
      this.#yield(PAUSE, Status.PAUSED);
      return true;
    }
    this.#step(codes.get(operation) ?? LOAD, index);
    return undefined;
  };

  /** Sleeping and waking as the scheduler sees it. */
  wrap(platform: Sleeper, doorbell: number): void {
    const { waitReadable, ring, drain } = platform;
    platform.ring = (fd) => {
      if (!this.#counting) return ring(fd);
      this.#step(RING, -fd);
      const rung = ring(fd);
      this.#wakeSleepers((bell) => waitReadable([bell], 0));
      return rung;
    };
    platform.drain = (fd) => {
      this.#step(DRAIN, -fd);
      drain(fd);
    };
    platform.waitReadable = (fds, timeout) => {
      if (!this.#counting || !fds.includes(doorbell)) return waitReadable(fds, timeout);
      const timed = timeout < LOOK_INTERVAL;
      this.#step(POLL, -doorbell);
      while (!waitReadable(fds, 0)) {
        const status = this.#yield(SLEEP, timed ? Status.TIMED : Status.BLOCKED);
        if (status !== Status.TIMED) continue;
        this.#words[Word.CLOCK] += Math.ceil(timeout) + 1;
        return false;
      }
      return true;
    };
  }

  /** Virtual time while steps count. */
  now(real: () => number): number {
    return this.#counting ? this.#words[Word.CLOCK] : real();
  }

  /** The last worker that is ready lets the first one go. */
  start(isLast: boolean): void {
    this.#counting = true;
    this.#rounds.forget();
    if (isLast) this.#choose(START, 0, -1);
    else {
      this.#control.give(this.#me + 2);
      this.#turn();
    }
  }

  end(): void {
    if (!this.#counting) {
      this.#words[Area.STATUS + this.#me] = Status.FINISHED;
      this.#control.give(0);
      return;
    }
    this.#counting = false;
    this.#words[Area.STATUS + this.#me] = Status.FINISHED;
    this.#choose(END, 0, this.#me);
  }

  // ---- choices

  #step(operation: number, address: number): void {
    if (!this.#counting || this.#rounds.isRepeated((operation << 26) ^ address)) return;
    const words = this.#words;
    if (words[Word.PAUSED] > 0) this.#unpause();
    this.#choose(operation, address, this.#me);
  }

  /** This worker cannot, or should not, go on now. Returns in what state it was found. */
  #yield(operation: number, status: number): number {
    const words = this.#words;
    words[Area.STATUS + this.#me] = status;
    if (status === Status.PAUSED) words[Word.PAUSED]++;
    this.#choose(operation, 0, this.#me);
    const found = words[Area.STATUS + this.#me];
    if (found === Status.PAUSED) words[Word.PAUSED]--;
    words[Area.STATUS + this.#me] = Status.READY;
    return found;
  }

  #choose(operation: number, address: number, from: number): void {
    const words = this.#words;
    const number = words[Word.CHOICE];
    if (number >= MAX_CHOICES) this.#stop(Outcome.ENDLESS);
    const usual = operation >= FIRST_FORCED ? this.#next() : this.#me;
    let chosen = usual;
    const able = this.#able();
    const deviation = Area.SCHEDULE + 2 * words[Word.DEVIATION];
    if (words[deviation] === number) {
      words[Word.DEVIATION]++;
      if ((able & (1 << words[deviation + 1])) !== 0) chosen = words[deviation + 1];
    }
    this.#control.record(from, operation, address, usual, chosen, able);
    if (chosen === NOBODY) this.#stop(this.#everybodyFinished() ? Outcome.DONE : Outcome.STUCK);
    else if (chosen !== this.#me) {
      this.#control.give(chosen + 1);
      if (operation !== END) this.#turn();
    }
  }

  #turn(): void {
    this.#control.take(this.#me + 1);
    this.#words[Word.CLOCK] += this.#words[Word.TICK];
    this.#rounds.forget();
    if (this.#words[Word.ABORT] === 1) this.#abort();
  }

  /** Back to the explorer; a worker that had not finished comes back when what is left is unwound. */
  #stop(outcome: number): void {
    this.#words[Word.OUTCOME] = outcome;
    this.#control.give(0);
    if (this.#words[Area.STATUS + this.#me] === Status.FINISHED) return;
    this.#control.take(this.#me + 1);
    this.#abort();
  }

  #abort(): never {
    this.#counting = false;
    throw new Aborted('the schedule is over');
  }

  #able(): number {
    const words = this.#words;
    let mask = 0;
    for (let worker = words[Word.WORKERS] - 1; worker >= 0; worker--) {
      if (words[Area.STATUS + worker] <= Status.TIMED) mask |= 1 << worker;
    }
    return mask;
  }

  /** Ready ones first, then those that pause, then those whose time would run out; in turn, so that spinners do not keep a third from going on. */
  #next(): number {
    const words = this.#words;
    const workers = words[Word.WORKERS];
    for (let status = Status.READY as number; status <= Status.TIMED; status++) {
      for (let i = 1; i <= workers; i++) {
        const worker = (this.#me + i) % workers;
        if (words[Area.STATUS + worker] === status) return worker;
      }
    }
    return NOBODY;
  }

  #everybodyFinished(): boolean {
    const words = this.#words;
    for (let worker = 0; worker < words[Word.WORKERS]; worker++) {
      if (words[Area.STATUS + worker] !== Status.FINISHED) return false;
    }
    return true;
  }

  #unpause(): void {
    const words = this.#words;
    words[Word.PAUSED] = 0;
    for (let worker = 0; worker < words[Word.WORKERS]; worker++) {
      if (worker !== this.#me && words[Area.STATUS + worker] === Status.PAUSED) words[Area.STATUS + worker] = Status.READY;
    }
  }

  #wakeSleepers(isRung: (doorbell: number) => boolean): void {
    const words = this.#words;
    for (let worker = 0; worker < words[Word.WORKERS]; worker++) {
      const status = words[Area.STATUS + worker];
      const asleep = status === Status.BLOCKED || status === Status.TIMED;
      if (asleep && isRung(words[Area.DOORBELLS + worker])) words[Area.STATUS + worker] = Status.READY;
    }
  }
}
