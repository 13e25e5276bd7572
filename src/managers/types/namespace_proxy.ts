/** The proxy of Namespace. */
import { BaseProxy } from '../proxy.ts';
import { registerProxyClass } from '../proxy_classes.ts';
import type { Updater } from './changes.ts';

/**
 * Attributes of a manager, by name, each of its own type: `m.Namespace<{ hits: number; user: string }>()`. (Not as properties of the proxy, as in CPython: an
 * assignment can neither be awaited nor fail.)
 */
export class NamespaceProxy<T extends object = Record<string, any>> extends BaseProxy<T> {
  get<K extends keyof T>(name: K): Promise<T[K] | undefined> {
    return this.callMethod('get', [name]);
  }

  set<K extends keyof T>(name: K, value: T[K]): Promise<void> {
    return this.callMethod('set', [name, value]);
  }

  has(name: keyof T): Promise<boolean> {
    return this.callMethod('has', [name]);
  }

  /** Python's `del ns.name`. Whether it was there. */
  delete(name: keyof T): Promise<boolean> {
    return this.callMethod('delete', [name]);
  }

  /** Sets several, in one step. */
  assign(values: Partial<T>): Promise<void> {
    return this.callMethod('assign', [values]);
  }

  /**
   * In one step: replaces a value by what `change`, which runs in the server, makes of it (undefined where there is none), and returns that.
   * `change` is exported, or made by `byValue`; not async.
   */
  update<K extends keyof T, A extends readonly unknown[]>(
    name: K,
    change: Updater<T[K] | undefined, A>,
    ...args: A
  ): Promise<T[K]> {
    return this.callMethod('update', [name, change, ...args]);
  }

  /** In one step: adds to a number or bigint, of which a missing one is 0, and returns the sum. */
  increment<K extends keyof T>(name: K, difference: number | bigint = 1): Promise<T[K]> {
    return this.callMethod('increment', [name, difference]);
  }

  /** In one step: writes `next` if `expected` is there (undefined: nothing is; objects are compared by what they hold). */
  compareAndSet<K extends keyof T>(name: K, expected: T[K] | undefined, next: T[K]): Promise<boolean> {
    return this.callMethod('compareAndSet', [name, expected, next]);
  }

  /** A copy, as a plain object. */
  override getValue(): Promise<T> {
    return this.callMethod('getValue');
  }
}

registerProxyClass('Namespace', NamespaceProxy);
