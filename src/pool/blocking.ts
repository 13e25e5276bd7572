/**
 * A pool whose program blocks: no event tells of results or deaths, no timer runs, and no tick comes in which workers would be woken. So whoever blocks does all
 * that by hand, for everything that is under way in this pool, until what it waits for is there.
 */
import { Deadline } from '../base/deadlines.ts';
import { platform } from '../platform/current.ts';
import type { WaitSet } from '../wakeup/wait_set.ts';
import { waiting } from '../wakeup/waiting.ts';

/** What of a pool is done by hand. */
export interface Drivable {
  readonly workers: Iterable<{ readonly waitSet: WaitSet; readonly child: { readonly pid: number } }>;
  /** Takes in what has come, gives out what waits, and wakes who got something. */
  serve(): void;
  /** Replaces workers that have ended. False = none has. */
  noticeEnds(): boolean;
  /** How long nothing has to be done unless somebody rings, in ms. */
  readonly pause: number;
}

/** Between two looks at the workers' lives, in ms: each is a system call for each worker. Their ends are heard of by the descriptors below. */
const ENDS_EVERY_MS = 5;
/** Waits up to this, in ms, do without descriptors of the workers: to open and close one costs as much as a quick task. */
const BRIEF_MS = 20;
const LONG_MS = 60_000;

/** Until `isDone`. False = `timeout` ms have passed; 0 = one look. */
export function driveUntil(pool: Drivable, isDone: () => boolean, timeout: number): boolean {
  const deadline = new Deadline(timeout);
  const lives = new Lives();
  let looked = performance.now();
  const began = looked;
  let pause = 0;
  const attempt = (): true | undefined => {
    pool.serve();
    if (isDone() || pool.pause < pause) return true;
    const now = performance.now();
    if (now - looked < ENDS_EVERY_MS) return undefined;
    looked = now;
    return pool.noticeEnds() || undefined;
  };
  try {
    for (;;) {
      attempt();
      if (isDone()) return true;
      const left = deadline.left();
      if (left <= 0) return false;
      const workers = [...pool.workers];
      if (looked - began > BRIEF_MS) lives.watch(workers.map(({ child }) => child.pid));
      ({ pause } = pool);
      // Never for ever: it is not the wait's business whether anybody is left.
      const options = { timeout: Math.min(left, pause, lives.isWatching ? LONG_MS : BRIEF_MS) };
      waiting().waitSync(
        workers.map(({ waitSet }) => waitSet),
        attempt,
        options,
        lives.descriptors,
      );
    }
  } finally {
    lives.close();
  }
}

/** Descriptors of processes, which can be read when these have ended. Where the system has none, ends are found by looking. */
class Lives {
  readonly #descriptors = new Map<number, number>();

  get isWatching(): boolean {
    return this.#descriptors.size > 0;
  }

  get descriptors(): number[] {
    return [...this.#descriptors.values()];
  }

  watch(pids: readonly number[]): void {
    for (const pid of this.#descriptors.keys()) if (!pids.includes(pid)) this.#forget(pid);
    for (const pid of pids) {
      if (this.#descriptors.has(pid)) continue;
      const fd = platform().openProcess(pid);
      if (fd !== null) this.#descriptors.set(pid, fd);
    }
  }

  close(): void {
    for (const pid of [...this.#descriptors.keys()]) this.#forget(pid);
  }

  #forget(pid: number): void {
    platform().close(this.#descriptors.get(pid)!);
    this.#descriptors.delete(pid);
  }
}
