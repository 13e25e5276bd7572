/**
 * The words that the explorer's threads share: whose turn it is, the schedule, the trace of what was done.
 *
 * Exactly one thread runs at a time. Everything but the gates is written by that one, plainly: handing a gate over orders it.
 */

export const MAX_WORKERS = 4;
/** Choices in one schedule; more means that a loop never ends. */
export const MAX_CHOICES = 20_000;
const MAX_DEVIATIONS = 32;
const RESULT_WORDS = 64;
const ERROR_WORDS = 512;

/** Indexes of single words. */
export const Word = {
  /** Number of the next choice. */
  CHOICE: 0,
  /** Which deviation of the schedule comes next. */
  DEVIATION: 1,
  OUTCOME: 2,
  /** Set while what is left of a failed schedule unwinds. */
  ABORT: 3,
  /** 1 = the scenario is over. */
  OVER: 4,
  WORKERS: 5,
  /** Virtual milliseconds: they pass when a wait with a time limit runs out. */
  CLOCK: 6,
  ERROR_LENGTH: 7,
  /** Virtual milliseconds that pass at each hand-over. */
  TICK: 9,
  /** Workers that were PAUSED since somebody went on. */
  PAUSED: 8,
} as const;

/** Indexes of first words. */
export const Area = {
  /** One gate for each thread: the explorer, then the workers. 1 = it may go on. */
  GATES: 16,
  STATUS: 32,
  DOORBELLS: 48,
  ARGUMENTS: 64,
  SCHEDULE: 128,
  RESULTS: 256,
  ERROR: 256 + MAX_WORKERS * RESULT_WORDS,
  TRACE: 256 + MAX_WORKERS * RESULT_WORDS + ERROR_WORDS,
  ADDRESSES: 256 + MAX_WORKERS * RESULT_WORDS + ERROR_WORDS + MAX_CHOICES,
} as const;
const CONTROL_WORDS = Area.ADDRESSES + MAX_CHOICES;

export const Outcome = { RUNNING: 0, DONE: 1, STUCK: 2, ENDLESS: 3 } as const;

export const Status = {
  READY: 0,
  /** In the back-off of a lock: others first. */
  PAUSED: 1,
  /** Asleep until its doorbell rings or its time runs out. */
  TIMED: 2,
  /** Asleep until its doorbell rings. */
  BLOCKED: 3,
  FINISHED: 4,
} as const;

/** What a choice came before. Atomic operations first; then what the platform does; then what cannot go on. */
export const OPERATIONS = [
  'load',
  'store',
  'compareExchange',
  'exchange',
  'add',
  'or',
  'and',
  'ring',
  'drain',
  'poll',
  'start',
  'pause',
  'sleep',
  'end',
] as const;
export type Operation = (typeof OPERATIONS)[number];
/** From here on the worker cannot go on by itself: whom to take instead is free. */
export const FIRST_FORCED = OPERATIONS.indexOf('start');

/** One choice of a run. */
export interface Choice {
  /** -1 = the explorer itself (the start). */
  readonly worker: number;
  readonly operation: Operation;
  readonly address: number;
  readonly forced: boolean;
  /** Who goes on unless the schedule says otherwise; 7 = nobody. */
  readonly usual: number;
  readonly chosen: number;
  /** Bit mask of those that could go on. */
  readonly able: number;
}

export class Control {
  readonly words: Int32Array;

  constructor(memory: SharedArrayBuffer = new SharedArrayBuffer(CONTROL_WORDS * 4)) {
    this.words = new Int32Array(memory);
  }

  get memory(): SharedArrayBuffer {
    return this.words.buffer as SharedArrayBuffer;
  }

  /** Lets a thread go on: 0 = the explorer, 1 + n = worker n. */
  give(thread: number): void {
    Atomics.store(this.words, Area.GATES + thread, 1);
    Atomics.notify(this.words, Area.GATES + thread);
  }

  /** Waits for one's turn. False = `ms` have passed without it. */
  take(thread: number, ms = Infinity): boolean {
    const gate = Area.GATES + thread;
    for (let spin = 0; spin < SPINS; spin++) if (Atomics.compareExchange(this.words, gate, 1, 0) === 1) return true;
    while (Atomics.compareExchange(this.words, gate, 1, 0) !== 1) {
      if (Atomics.wait(this.words, gate, 0, ms) === 'timed-out') return false;
    }
    return true;
  }

  record(worker: number, operation: number, address: number, usual: number, chosen: number, able: number): void {
    const { words } = this;
    const choice = words[Word.CHOICE]++;
    words[Area.TRACE + choice] = (worker & 7) | (operation << 3) | (usual << 8) | (chosen << 11) | (able << 14);
    words[Area.ADDRESSES + choice] = address;
  }

  choice(number: number): Choice {
    const packed = this.words[Area.TRACE + number];
    const operation = (packed >>> 3) & 31;
    return {
      worker: (packed & 7) === 7 ? -1 : packed & 7,
      operation: OPERATIONS[operation],
      address: this.words[Area.ADDRESSES + number],
      forced: operation >= FIRST_FORCED,
      usual: (packed >>> 8) & 7,
      chosen: (packed >>> 11) & 7,
      able: (packed >>> 14) & 15,
    };
  }

  setSchedule(deviations: readonly Deviation[]): void {
    if (deviations.length > MAX_DEVIATIONS) throw new RangeError(`a schedule has at most ${MAX_DEVIATIONS} deviations`);
    deviations.forEach(({ choice, worker }, i) => {
      this.words[Area.SCHEDULE + 2 * i] = choice;
      this.words[Area.SCHEDULE + 2 * i + 1] = worker;
    });
    this.words[Area.SCHEDULE + 2 * deviations.length] = -1;
  }

  setResult(worker: number, values: readonly number[]): void {
    if (values.length >= RESULT_WORDS) throw new RangeError(`a worker returns at most ${RESULT_WORDS - 1} numbers`);
    this.words[Area.RESULTS + worker * RESULT_WORDS] = values.length;
    this.words.set(values, Area.RESULTS + worker * RESULT_WORDS + 1);
  }

  result(worker: number): number[] {
    const start = Area.RESULTS + worker * RESULT_WORDS;
    return [...this.words.subarray(start + 1, start + 1 + this.words[start])];
  }

  /** The first error counts. */
  setError(text: string): void {
    if (this.words[Word.ERROR_LENGTH] > 0) return;
    const bytes = new TextEncoder().encode(text).subarray(0, ERROR_WORDS * 4);
    new Uint8Array(this.memory, Area.ERROR * 4).set(bytes);
    this.words[Word.ERROR_LENGTH] = bytes.length;
  }

  get error(): string | undefined {
    const length = this.words[Word.ERROR_LENGTH];
    return length === 0 ? undefined : Buffer.from(this.memory, Area.ERROR * 4, length).toString();
  }
}

/** At a choice of this number this worker goes on, not the usual one. */
export interface Deviation {
  readonly choice: number;
  readonly worker: number;
}

/** A hand-over between two cores takes about a microsecond while both spin, fifteen and more when one sleeps. */
const SPINS = 300;
