/**
 * The jobs of a pool that have not ended: a list whose links lie in the jobs themselves. Each task of `apply` comes and goes; in a Set that alone was a
 * tenth of what it costs the program.
 */
import type { Job } from './jobs.ts';

export class JobList {
  #first: Job | undefined;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  add(job: Job): void {
    job.isListed = true;
    job.after = this.#first;
    if (this.#first) this.#first.before = job;
    this.#first = job;
    this.#size++;
  }

  /** False = it was not in the list. */
  delete(job: Job): boolean {
    if (!job.isListed) return false;
    job.isListed = false;
    const { before, after } = job;
    if (before) before.after = after;
    else this.#first = after;
    if (after) after.before = before;
    job.before = undefined;
    job.after = undefined;
    this.#size--;
    return true;
  }

  /** As they are now: they may end meanwhile. Oldest first. */
  all(): Job[] {
    const jobs: Job[] = [];
    for (let job = this.#first; job; job = job.after) jobs.push(job);
    return jobs.reverse();
  }
}
