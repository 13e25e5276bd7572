/** Clients for tests of the types without a server: who calls, cancels and goes. */
import { type Caller, enterCall, leaveCall } from '#dist/managers/caller.js';

let clients = 0;

export class Client {
  readonly id = ++clients;
  readonly name: string;
  readonly #controller = new AbortController();
  readonly #held = new Set<() => void>();

  constructor(name = `Client-${clients}`) {
    this.name = name;
  }

  /** What a method does when this client calls it; `signal` cancels the call. */
  call<R>(method: () => R, signal?: AbortSignal): R {
    const gone = this.#controller.signal;
    const caller: Caller = {
      id: this.id,
      name: this.name,
      signal: signal ? AbortSignal.any([gone, signal]) : gone,
      whenGone: (run) => {
        if (gone.aborted) {
          run();
          return () => {};
        }
        const once = (): void => run();
        this.#held.add(once);
        return () => this.#held.delete(once);
      },
    };
    const before = enterCall({ callerOf: () => caller }, 1);
    try {
      return method();
    } finally {
      leaveCall(before);
    }
  }

  /** Its connection ends. */
  goes(): void {
    this.#controller.abort(new Error('gone'));
    for (const run of [...this.#held]) if (this.#held.delete(run)) run();
  }

  /** What it would take back if it went. */
  get holds(): number {
    return this.#held.size;
  }
}

/** Whether a promise has settled by now. */
export async function isPending(promise: unknown): Promise<boolean> {
  const pending = Symbol('pending');
  // A turn: a chain of awaits that is not waiting for anything has ended by then.
  await new Promise((resolve) => setImmediate(resolve));
  return (await Promise.race([promise, pending]).catch(() => undefined)) === pending;
}
