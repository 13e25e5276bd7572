/** The proxy of Barrier. */
import type { WaitOptions } from '../../base/deadlines.ts';
import { BaseProxy } from '../proxy.ts';
import { registerProxyClass } from '../proxy_classes.ts';
import type { BarrierLike } from './interfaces.ts';

/** A barrier of a manager. A client that is gone while it waits breaks it. Its action runs in the manager's server. */
export class BarrierProxy extends BaseProxy<never> implements BarrierLike {
  /** How many have to come. */
  get parties(): Promise<number> {
    return this.callMethod('parties');
  }

  /** How many wait. */
  get nWaiting(): Promise<number> {
    return this.callMethod('nWaiting');
  }

  get broken(): Promise<boolean> {
    return this.callMethod('broken');
  }

  /**
   * Waits until all parties have come, and returns a number from 0 to parties - 1, another one to each. When time runs out (`timeout`, ms; else the barrier's own)
   * the barrier breaks: BrokenBarrierError for all. An abort takes this wait back; the barrier stays whole. What the action throws the last party to come gets.
   */
  wait(options?: WaitOptions): Promise<number> {
    return this.callMethod('wait', [options]);
  }

  /** Makes it whole and empty. Those who wait get BrokenBarrierError. */
  reset(): Promise<void> {
    return this.callMethod('reset');
  }

  /** Breaks it for all, until `reset()`. */
  abort(): Promise<void> {
    return this.callMethod('abort');
  }
}

registerProxyClass('Barrier', BarrierProxy);
