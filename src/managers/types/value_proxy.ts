/** The proxy of Value. */
import type { CType, Initial, JsValue } from '../../sharedctypes/type_names.ts';
import { BaseProxy } from '../proxy.ts';
import { registerProxyClass } from '../proxy_classes.ts';
import type { Updater } from './changes.ts';

/** A value of a manager, of a type of `multiproc/sharedctypes`. What is written is checked as by Value in shared memory: TypeError, RangeError. */
export class ValueProxy<T extends CType = any> extends BaseProxy<JsValue<T>> {
  /** Python's `value.value`, to be awaited. It is set by `set()`. */
  get value(): Promise<JsValue<T>> {
    return this.get();
  }

  get(): Promise<JsValue<T>> {
    return this.callMethod('get');
  }

  set(value: Initial<JsValue<T>>): Promise<void> {
    return this.callMethod('set', [value]);
  }

  /** In one step: replaces the value by what `change`, which runs in the server, makes of it, and returns that. `change` is exported, or made by `byValue`; not async. */
  update<A extends readonly unknown[]>(change: Updater<JsValue<T>, A>, ...args: A): Promise<JsValue<T>> {
    return this.callMethod('update', [change, ...args]);
  }

  /** In one step: writes `next` if `expected` is there. */
  compareAndSet(expected: JsValue<T>, next: JsValue<T>): Promise<boolean> {
    return this.callMethod('compareAndSet', [expected, next]);
  }

  /** Of integers, like the next five: adds, wrapping around, and returns the former value. */
  add(difference: JsValue<T>): Promise<JsValue<T>> {
    return this.callMethod('add', [difference]);
  }

  sub(difference: JsValue<T>): Promise<JsValue<T>> {
    return this.callMethod('sub', [difference]);
  }

  and(bits: JsValue<T>): Promise<JsValue<T>> {
    return this.callMethod('and', [bits]);
  }

  or(bits: JsValue<T>): Promise<JsValue<T>> {
    return this.callMethod('or', [bits]);
  }

  xor(bits: JsValue<T>): Promise<JsValue<T>> {
    return this.callMethod('xor', [bits]);
  }

  exchange(value: JsValue<T>): Promise<JsValue<T>> {
    return this.callMethod('exchange', [value]);
  }

  /** Writes `value` if `expected` is there. It was, if that is what it returns. */
  compareExchange(expected: JsValue<T>, value: JsValue<T>): Promise<JsValue<T>> {
    return this.callMethod('compareExchange', [expected, value]);
  }

  override getValue(): Promise<JsValue<T>> {
    return this.get();
  }
}

registerProxyClass('Value', ValueProxy);
