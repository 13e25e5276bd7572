/**
 * Shared objects travel anywhere at any time, inside other values: a typed array over shared memory goes through a queue, and its receiver sees the same memory.
 */
import { Event, isMain, Process, Queue } from 'multiproc';
import { RawArray } from 'multiproc/sharedctypes';

interface Job {
  readonly part: Float64Array;
  readonly done: Event;
}

export async function squareParts(jobs: Queue<Job>): Promise<void> {
  for await (const { part, done } of jobs) {
    for (let i = 0; i < part.length; i++) part[i] *= part[i];
    done.set();
  }
}

if (isMain(import.meta)) {
  const jobs = new Queue<Job>();
  const workers = [0, 1].map(() => new Process({ target: squareParts, args: [jobs] }).start());
  const numbers = RawArray('d', [1, 2, 3, 4, 5, 6]);
  const events: Event[] = [];
  for (let start = 0; start < numbers.length; start += 3) {
    const done = new Event();
    events.push(done);
    await jobs.put({ part: numbers.subarray(start, start + 3), done });
  }
  for (const done of events) await done.wait();
  jobs.close();
  for (const worker of workers) await worker.join();
  console.log(numbers);
}

/* Prints:
Float64Array(6) [ 1, 4, 9, 16, 25, 36 ]
*/
