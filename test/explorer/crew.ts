/** The worker threads of the explorer: participants of this thread's session, used for one scenario after the other. */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { OwnerWord } from '#dist/memory/participants.js';
import { session } from '#dist/memory/session.js';
import { Area, type Control, MAX_WORKERS, Word } from './control.js';

interface Member {
  readonly thread: Worker;
  readonly owner: OwnerWord;
}

export class Crew {
  readonly #control: Control;
  readonly #members: Member[] = [];

  constructor(control: Control) {
    this.#control = control;
  }

  /** Has this many workers load a scenario; they wait for their turns then. */
  async load(workers: number, module: string, name: string): Promise<void> {
    if (workers > MAX_WORKERS) throw new RangeError(`a scenario has at most ${MAX_WORKERS} workers`);
    while (this.#members.length < workers) this.#members.push(this.#start(this.#members.length));
    for (const { thread } of this.#members.slice(0, workers)) {
      const ready = once(thread, 'message');
      thread.ref();
      thread.postMessage({ module, name });
      await ready;
      // Whoever forgets to end the crew gets out nevertheless: see `beforeExit` in interleavings.ts.
      thread.unref();
    }
    this.#control.words[Word.WORKERS] = workers;
  }

  /** Ends the scenario: each gives back what it has of the objects. */
  unload(): void {
    const { words } = this.#control;
    words[Word.OVER] = 1;
    for (let worker = 0; worker < words[Word.WORKERS]; worker++) {
      this.#control.give(worker + 1);
      this.#control.take(0);
    }
    words[Word.OVER] = 0;
  }

  async end(): Promise<void> {
    for (const { thread, owner } of this.#members.splice(0)) {
      const exit = once(thread, 'exit');
      thread.ref();
      thread.postMessage({});
      await exit;
      session().bury(owner);
    }
  }

  #start(me: number): Member {
    const { arena, directory } = session();
    const { owner, doorbell, lock } = session().claimChild();
    this.#control.words[Area.DOORBELLS + me] = doorbell;
    // The same process: the worker uses these very descriptors, and closes its own two when it ends.
    const address = { directory, arenaFd: arena.fd, capacity: arena.capacity, doorbellFd: doorbell, lockFd: lock, self: owner };
    const thread = new Worker(new URL('worker.js', import.meta.url), {
      workerData: { memory: this.#control.memory, me, address },
    });
    return { thread, owner };
  }
}
