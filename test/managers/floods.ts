/** A manager that counts what it makes, and clients that ask for much. */
import type { Queue } from 'multiproc';
import { BaseManager, type Remote } from 'multiproc/managers';

export class Works {
  #made = 0;

  made(): number {
    return this.#made;
  }

  large(): Buffer {
    this.#made++;
    return Buffer.alloc(1024 * 1024, this.#made);
  }

  slow(): number {
    const end = performance.now() + 5;
    while (performance.now() < end);
    return ++this.#made;
  }
}

export class Factory extends BaseManager.define({ Works }) {}

/** Asks, and is stopped before it can read an answer. */
export async function askAndStop(works: Remote<Works>, calls: number, queue: Queue<number>): Promise<void> {
  // By then it is connected.
  await works.made();
  const results = Array.from({ length: calls }, () => works.large());
  process.kill(process.pid, 'SIGSTOP');
  await queue.put((await Promise.all(results)).reduce((sum, { length }) => sum + length, 0));
}

export async function askForSlow(works: Remote<Works>, calls: number): Promise<void> {
  await Promise.all(Array.from({ length: calls }, () => works.slow()));
}
