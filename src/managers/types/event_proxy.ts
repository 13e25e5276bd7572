/** The proxy of Event. */
import type { WaitOptions } from '../../base/deadlines.ts';
import { BaseProxy } from '../proxy.ts';
import { registerProxyClass } from '../proxy_classes.ts';
import type { EventLike } from './interfaces.ts';

/** A flag of a manager to wait for. */
export class EventProxy extends BaseProxy<never> implements EventLike {
  isSet(): Promise<boolean> {
    return this.callMethod('isSet');
  }

  /** All who wait go on, also if it is cleared at once. */
  set(): Promise<void> {
    return this.callMethod('set');
  }

  clear(): Promise<void> {
    return this.callMethod('clear');
  }

  /** Waits until it is set: true. With a time limit (`timeout`, ms): false when it runs out. */
  wait(options?: WaitOptions): Promise<boolean> {
    return this.callMethod('wait', [options]);
  }
}

registerProxyClass('Event', EventProxy);
