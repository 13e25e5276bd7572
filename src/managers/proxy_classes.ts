/** The classes of proxies, as they stand in messages: this library's own by name, the program's by reference, null for those made of a list of methods. */
import { argumentTypeError, SerializationError } from '../base/errors.ts';
import type { AnyFunction } from '../references/any_function.ts';

type ProxyClass = new (token: any) => any;

const named = new Map<string, ProxyClass>();
const names = new WeakMap<AnyFunction, string>();

/** Makes a proxy class of this library travel by name. */
export function registerProxyClass(name: string, proxyClass: ProxyClass): void {
  named.set(name, proxyClass);
  names.set(proxyClass, name);
}

const automatic = new WeakSet<AnyFunction>();

/** Makes a class that receivers make for themselves, of a list of methods. */
export function registerAutomatic<C extends ProxyClass>(proxyClass: C): C {
  automatic.add(proxyClass);
  return proxyClass;
}

export function proxyClassReference(proxyClass: AnyFunction): string | AnyFunction | null {
  const name = names.get(proxyClass);
  return name ?? (automatic.has(proxyClass) ? null : proxyClass);
}

export function proxyClassNamed(reference: unknown): ProxyClass {
  const found = typeof reference === 'string' ? named.get(reference) : reference;
  if (typeof found !== 'function')
    throw new SerializationError(`a message has a proxy of the class ${String(reference)}, which is not known here`);
  if (!('getValue' in (found.prototype ?? {})))
    throw argumentTypeError(
      `proxyType ${found.name} is no subclass of BaseProxy: write class ${found.name} extends BaseProxy { ... }`,
    );
  return found as ProxyClass;
}
