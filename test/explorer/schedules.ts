/**
 * Which schedules are explored: all with no preemption, all with one, all with two, then with three, while the budget lasts; then random ones.
 *
 * A schedule is the list of its deviations from the usual: a worker goes on until it cannot, then the next one that can. A deviation where
 * a worker could have gone on is a preemption; another choice where it could not costs nothing.
 */
import type { Choice, Deviation } from './control.js';

export type Schedule = readonly Deviation[];

const MAX_PREEMPTIONS = 3;
/** Deviations that cost nothing, in one schedule: between workers that pause, and pause again, there is no end of them. */
const MAX_FREE = 3;
/** Of the budget, for random schedules, when there are too many others. */
const RANDOM_SHARE = 0.15;

export class Schedules {
  /** By number of preemptions: those that are not explored yet. */
  readonly #pending: Schedule[][] = Array.from({ length: MAX_PREEMPTIONS + 1 }, () => []);
  readonly #touched = new Map<number, { workers: number; written: boolean }>();
  readonly #random: () => number;
  readonly #budget: number;
  /** Explored, by number of preemptions; the last is the random ones. */
  readonly explored: number[] = new Array(MAX_PREEMPTIONS + 2).fill(0);
  #length = 1;
  #workers: number;

  constructor(budget: number, workers: number, random: () => number) {
    this.#budget = budget;
    this.#workers = workers;
    this.#random = random;
    this.#pending[0].push([]);
  }

  get total(): number {
    return this.explored.reduce((sum, count) => sum + count, 0);
  }

  /** Whether every schedule with at most this many preemptions has been explored. */
  isComplete(preemptions: number): boolean {
    return this.#pending.slice(0, preemptions + 1).every((list) => list.length === 0);
  }

  /** Runs schedules until the budget is used up. `run` returns the choices that were made. */
  *[Symbol.iterator](): Generator<{ schedule: Schedule; ran: (choices: readonly Choice[]) => void }> {
    for (let preemptions = 0; preemptions <= MAX_PREEMPTIONS; preemptions++) {
      const list = this.#pending[preemptions];
      const limit = preemptions === 0 ? this.#budget / 4 : this.#budget * (1 - RANDOM_SHARE);
      while (list.length > 0 && this.total < limit) {
        const schedule = this.#takeAny(list);
        this.explored[preemptions]++;
        yield { schedule, ran: (choices) => this.#ran(schedule, preemptions, choices) };
      }
    }
    while (this.total < this.#budget) {
      this.explored[MAX_PREEMPTIONS + 1]++;
      yield { schedule: this.#any(), ran: () => {} };
    }
  }

  #ran(schedule: Schedule, preemptions: number, choices: readonly Choice[]): void {
    this.#length = Math.max(this.#length, choices.length);
    for (const choice of choices) this.#touch(choice);
    const mayChooseFreely = schedule.length - preemptions < MAX_FREE;
    for (let i = (schedule.at(-1)?.choice ?? -1) + 1; i < choices.length; i++) {
      const { worker, operation, forced, usual, able } = choices[i];
      const cost = preemptions + (forced ? 0 : 1);
      if (forced && !mayChooseFreely) continue;
      if (cost > MAX_PREEMPTIONS || (cost > 1 && !forced && !this.#isShared(choices[i]))) continue;
      for (let other = 0; other < this.#workers; other++) {
        if (other === usual || (able & (1 << other)) === 0 || (operation === 'pause' && other === worker)) continue;
        this.#pending[cost].push([...schedule, { choice: i, worker: other }]);
      }
    }
  }

  #touch({ worker, operation, address, forced }: Choice): void {
    if (forced) return;
    const touched = this.#touched.get(address) ?? { workers: 0, written: false };
    touched.workers |= 1 << worker;
    touched.written ||= operation !== 'load';
    this.#touched.set(address, touched);
  }

  /** Whether it matters who comes first to this word: where only one comes, or all only look, a second preemption shows nothing new. */
  #isShared({ address, operation }: Choice): boolean {
    if (operation === 'ring' || operation === 'drain' || operation === 'poll') return true;
    const touched = this.#touched.get(address);
    return touched === undefined || (touched.written && (touched.workers & (touched.workers - 1)) !== 0);
  }

  #takeAny(list: Schedule[]): Schedule {
    const i = Math.floor(this.#random() * list.length);
    const schedule = list[i];
    list[i] = list[list.length - 1];
    list.pop();
    return schedule;
  }

  #any(): Schedule {
    const choices = new Set<number>();
    for (let count = 2 + Math.floor(this.#random() * 5); count > 0; count--)
      choices.add(Math.floor(this.#random() * this.#length));
    return [...choices].sort((a, b) => a - b).map((choice) => ({ choice, worker: Math.floor(this.#random() * this.#workers) }));
  }
}

/** `17>1,23>0`: at choice 17 worker 1 goes on, at choice 23 worker 0. */
export function formatSchedule(schedule: Schedule): string {
  return schedule.length === 0 ? 'usual' : schedule.map(({ choice, worker }) => `${choice}>${worker}`).join(',');
}

export function parseSchedule(text: string): Schedule {
  if (text === 'usual') return [];
  return text.split(',').map((part) => {
    const [, choice, worker] = /^(\d+)>(\d)$/.exec(part.trim()) ?? [];
    if (choice === undefined) throw new Error(`${JSON.stringify(text)} is not a schedule: write it like 17>1,23>0`);
    return { choice: Number(choice), worker: Number(worker) };
  });
}

/** Numbers from 0 to 1 that depend on the seed alone (mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
