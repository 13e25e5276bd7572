/** Proxies of this library pass on the arguments that they know, so the server cannot tell whether there were more or fewer: they count for themselves. */
import type { AnyFunction } from '../references/any_function.ts';
import { type ArgumentCounts, methodsOf, wrongCount } from './argument_counts.ts';
import { BaseProxy, typeidOf } from './proxy.ts';

/** What they give is iterated over, not awaited: they throw. */
const ITERATING: ReadonlySet<string> = new Set(['imap', 'imapUnordered']);

const counted = new WeakSet<AnyFunction>();

/** Makes the methods of a proxy class, and of those above it, reject calls with another number of arguments than the table says. */
export function countArguments(proxyClass: new (...args: any[]) => BaseProxy<any>, counts: ArgumentCounts): void {
  for (const name of methodsOf(counts)) {
    const prototype = ownerOf(proxyClass.prototype, name);
    const method: unknown = prototype && Object.getOwnPropertyDescriptor(prototype, name)!.value;
    if (typeof method !== 'function' || counted.has(method as AnyFunction)) continue;
    const counting = function (this: BaseProxy, ...args: unknown[]): unknown {
      const wrong = wrongCount(typeidOf(this), name, counts, args.length);
      if (wrong === undefined) return Reflect.apply(method, this, args);
      if (ITERATING.has(name)) throw wrong;
      return Promise.reject(wrong);
    };
    counted.add(counting);
    Object.defineProperty(counting, 'name', { value: name });
    Object.defineProperty(prototype, name, { value: counting, writable: true, configurable: true });
  }
}

/** The class, from this one up, that has the method itself. */
function ownerOf(prototype: object, name: string): object | undefined {
  for (let p = prototype; p !== BaseProxy.prototype; p = Object.getPrototypeOf(p)) if (Object.hasOwn(p, name)) return p;
  return undefined;
}
