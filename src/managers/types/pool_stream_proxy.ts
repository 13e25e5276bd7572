/** The proxy of what `imap` of a pool of a manager has in the server. */
import { BaseProxy } from '../proxy.ts';
import { registerProxyClass } from '../proxy_classes.ts';

/** A result, or what the task threw. */
export type Outcome = readonly [isError: boolean, value: unknown];

export class PoolStreamProxy extends BaseProxy<never> {
  /** Settles when the pool has read them; the program does not stay for that. Throws SerializationError, and then nothing was sent. */
  feed(items: readonly unknown[], isLast: boolean): Promise<unknown> {
    const stream = this.stay();
    try {
      return stream.ask('feed', [items, isLast]);
    } finally {
      stream.release();
    }
  }

  take(from: number, most: number): Promise<readonly Outcome[] | undefined> {
    return this.callMethod('take', [from, most]);
  }

  stop(): void {
    this.sendMethod('stop');
  }

  cancel(reason: unknown): void {
    try {
      this.sendMethod('cancel', [reason]);
    } catch {
      // A reason that cannot be sent.
      this.sendMethod('cancel');
    }
  }
}

registerProxyClass('results', PoolStreamProxy);
