/** What a manager's class offers: typeids, and what makes the objects that they stand for. */
import { types } from 'node:util';
import { argumentTypeError } from '../base/errors.ts';
import type { AnyFunction } from '../references/any_function.ts';
import { type ArgumentCounts, checkArgumentCounts } from './argument_counts.ts';

/** How a typeid is registered. */
export interface TypeOptions {
  /** Names of the methods that may be called. Default: all of the referent and its classes that do not begin with `_`. */
  readonly exposed?: readonly string[];
  /** Methods whose results stay in the server: by name, the typeid of what they return. The caller gets a proxy. */
  readonly methodToTypeid?: Readonly<Record<string, string>>;
  /** The class of the proxies, exported, a subclass of BaseProxy. Default: one made of the exposed methods. */
  readonly proxyType?: new (
    ...args: any[]
  ) => any;
  /**
   * How many arguments methods take, by name: `{ add: 2, scale: [1, 2] }`; `new` is for what makes the object. A call with another number is refused with a
   * TypeError, and the method does not run. Default, and of those that are not named: not checked.
   */
  readonly argumentCounts?: ArgumentCounts;
  /** Whether managers get a method of the typeid's name. Default: true. */
  readonly createMethod?: boolean;
}

export interface TypeSpec extends TypeOptions {
  /** A class or a function (it may be async) that makes the referent. Missing: only methodToTypeid names this typeid, or clients that connect. */
  readonly callable?: AnyFunction | (new (...args: any[]) => any);
}

export type Registry = ReadonlyMap<string, TypeSpec>;

/** Never methods: the language looks for them by itself, or they lead out of the object. */
const FORBIDDEN = new Set([
  '__proto__',
  'constructor',
  'then',
  'prototype',
  '__defineGetter__',
  '__defineSetter__',
  '__lookupGetter__',
  '__lookupSetter__',
]);

/** Made by proxies themselves, for the language: not exposed unless they are named. */
const CONVERSIONS = new Set(['toString', 'toLocaleString', 'valueOf', 'toJSON']);

/** What belongs to a class itself, not to the ones above or beside it. */
const own = new WeakMap<object, Map<string, TypeSpec>>();

export function ownRegistry(managerClass: object): Map<string, TypeSpec> {
  const known = own.get(managerClass);
  if (known !== undefined) return known;
  const registry = new Map<string, TypeSpec>();
  own.set(managerClass, registry);
  return registry;
}

/** All that a class offers: its own, and what the classes above it do. */
export function registryOf(managerClass: object): Registry {
  const chain: Map<string, TypeSpec>[] = [];
  for (let c: object | null = managerClass; c !== null && c !== Function.prototype; c = Object.getPrototypeOf(c)) {
    const registry = own.get(c);
    if (registry) chain.unshift(registry);
  }
  return new Map(chain.flatMap((registry) => [...registry]));
}

/** What `define` takes for a typeid: a class, a function, or a specification. */
export function specOf(typeid: string, entry: unknown): TypeSpec {
  if (typeof entry === 'function') return { callable: entry as AnyFunction };
  if (typeof entry !== 'object' || entry === null)
    throw argumentTypeError(
      `the registry's ${typeid} must be a class, a function, or { callable, exposed?, methodToTypeid?, proxyType?, argumentCounts?, createMethod? }, not ${kindOf(entry)}`,
    );
  return entry as TypeSpec;
}

/** Throws TypeError for what is wrong. */
export function checkSpec(typeid: unknown, spec: TypeSpec): asserts typeid is string {
  if (typeof typeid !== 'string' || typeid === '')
    throw argumentTypeError(`a typeid must be a string that is not empty, not ${kindOf(typeid)}: register('Maths', Maths)`);
  if (FORBIDDEN.has(typeid)) throw argumentTypeError(`'${typeid}' cannot be a typeid: the language has a use for it`);
  const { callable, exposed, methodToTypeid, proxyType, argumentCounts, createMethod } = spec;
  if (callable !== undefined && typeof callable !== 'function')
    throw argumentTypeError(`${typeid}: what makes the objects must be a class or a function, not ${kindOf(callable)}`);
  if (exposed !== undefined) {
    if (!Array.isArray(exposed) || !exposed.every((name) => typeof name === 'string'))
      throw argumentTypeError(`${typeid}: exposed must be an array of method names, not ${kindOf(exposed)}`);
    for (const name of exposed)
      if (!isAllowed(name)) throw argumentTypeError(`${typeid}: '${name}' cannot be exposed: the language has a use for it`);
  }
  if (methodToTypeid !== undefined) checkMethods(typeid, methodToTypeid);
  if (proxyType !== undefined && typeof proxyType !== 'function')
    throw argumentTypeError(`${typeid}: proxyType must be a subclass of BaseProxy, not ${kindOf(proxyType)}`);
  if (argumentCounts !== undefined) checkArgumentCounts(typeid, argumentCounts);
  if (createMethod !== undefined && typeof createMethod !== 'boolean')
    throw argumentTypeError(`${typeid}: createMethod must be true or false, not ${kindOf(createMethod)}`);
}

function checkMethods(typeid: string, methods: unknown): void {
  if (typeof methods !== 'object' || methods === null)
    throw argumentTypeError(`${typeid}: methodToTypeid must be an object like { make: 'Part' }, not ${kindOf(methods)}`);
  for (const [name, other] of Object.entries(methods)) {
    if (typeof other !== 'string')
      throw argumentTypeError(`${typeid}: methodToTypeid.${name} must be a typeid, not ${kindOf(other)}`);
    if (!isAllowed(name)) throw argumentTypeError(`${typeid}: '${name}' cannot be exposed: the language has a use for it`);
  }
}

/** Whether a method of this name may be called from elsewhere. */
export function isAllowed(name: string): boolean {
  return !FORBIDDEN.has(name);
}

/** The public methods of an object: functions of its own and of its classes, up to Object, whose names do not begin with `_`. */
export function publicMethods(object: unknown): string[] {
  const names = new Set<string>();
  for (let o = Object(object); o !== null && o !== Object.prototype && o !== Function.prototype; o = Object.getPrototypeOf(o)) {
    for (const name of Object.getOwnPropertyNames(o)) {
      // Not through the object: a getter would run.
      const { value } = Object.getOwnPropertyDescriptor(o, name)!;
      if (typeof value === 'function' && !name.startsWith('_') && isAllowed(name) && !CONVERSIONS.has(name)) names.add(name);
    }
  }
  return [...names];
}

export function kindOf(value: unknown): string {
  return value === null ? 'null' : Array.isArray(value) ? 'an array' : typeof value;
}

/** A name in a list of methods, as proxies get it: of a generator with a star, so that its proxy is one at once. */
export function listed(object: any, name: string): string {
  return types.isGeneratorFunction(Object(object)[name]) ? `${name}*` : name;
}
