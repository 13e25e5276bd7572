import * as libraryErrors from '../base/errors.ts';
import { argumentRangeError, argumentTypeError } from '../base/errors.ts';
import type { AnyFunction } from '../references/any_function.ts';

/** What applications and the layers above teach the codec: reducers, this library's objects, error classes known by name. */

export interface Reducer {
  readonly class: AnyFunction;
  readonly reduce: (object: any) => unknown;
  readonly rebuild: (value: any) => unknown;
}

export interface ObjectKind<T extends object = any> {
  /** 1 to 255, fixed: it stands on the wire. */
  readonly tag: number;
  readonly class: abstract new (...args: any[]) => T;
  /** It means something to programs of other sessions as well: `isForeign(context)` tells `encode` and `decode` of those. */
  readonly isPortable?: true;
  /** A small plain value. `context` is what the caller gave to `encode`. */
  readonly encode: (object: T, context: any) => unknown;
  /** The object. The value may come from hostile bytes. `context` is what the caller gave to `decode`. */
  readonly decode: (value: unknown, context: any) => object;
}

const reducersByPrototype = new Map<object, Reducer>();
const reducersByClass = new Map<AnyFunction, Reducer>();
const kindsByPrototype = new Map<object, ObjectKind>();
const kindsByTag: (ObjectKind | undefined)[] = [];
const errorsByName = new Map<string, ErrorClass>();
for (const known of [Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError, AggregateError])
  errorsByName.set(known.name, known);
for (const known of Object.values(libraryErrors))
  if (known.prototype instanceof Error) errorsByName.set(known.prototype.name, known as ErrorClass);
const listeners: (() => void)[] = [];

export type ErrorClass = abstract new (...args: any[]) => Error;

/**
 * Gives a class its own form. `reduce(object)` returns any value that can be sent; `rebuild(value)` gives the instance in the
 * receiver, which runs the same registration when it imports the class's module. Subclasses without a reducer of their own use
 * this one, and arrive as what `rebuild` returns.
 */
export function registerReducer<T extends object, V>(
  classOf: abstract new (...args: any[]) => T,
  reduce: (object: T) => V,
  rebuild: (value: V) => T,
): void {
  if (typeof classOf !== 'function' || !isObject(classOf.prototype))
    throw argumentTypeError('registerReducer: the first argument must be a class');
  if (typeof reduce !== 'function' || typeof rebuild !== 'function')
    throw argumentTypeError(`registerReducer(${classOf.name}): reduce and rebuild must be functions`);
  if ((classOf as AnyFunction) === Object || (classOf as AnyFunction) === Array || (classOf as AnyFunction) === Function)
    throw argumentTypeError(`registerReducer: ${classOf.name} cannot have a reducer; it would apply to nearly every value`);
  const reducer: Reducer = { class: classOf, reduce, rebuild };
  reducersByPrototype.set(classOf.prototype, reducer);
  reducersByClass.set(classOf, reducer);
  announce();
}

/** Makes the objects of a class of this library travel as `tag` and a small value. */
export function registerObjectKind<T extends object>(kind: ObjectKind<T>): void {
  if (!Number.isInteger(kind.tag) || kind.tag < 1 || kind.tag > 255)
    throw argumentRangeError(`registerObjectKind(${kind.class.name}): tag ${kind.tag} is not in 1..255`);
  const taken = kindsByTag[kind.tag];
  if (taken !== undefined && taken.class !== kind.class)
    throw argumentRangeError(`registerObjectKind(${kind.class.name}): tag ${kind.tag} belongs to ${taken.class.name}`);
  kindsByTag[kind.tag] = kind;
  kindsByPrototype.set(kind.class.prototype, kind);
  announce();
}

/** Makes the instances of a class of the runtime, and of classes below it, travel in the form of a kind. */
export function travelsAs(prototype: object, kind: ObjectKind): void {
  kindsByPrototype.set(prototype, kind);
  announce();
}

/** Told of the first instance of each class that the codec has no form for, so that forms for classes of Node need not be loaded before. True = there is one now. */
let learner: ((object: object) => boolean) | undefined;

export function setKindLearner(learn: (object: object) => boolean): void {
  learner = learn;
}

export function learnKind(object: object): boolean {
  return learner?.(object) === true;
}

/** Makes an error class of this library travel by `prototype.name` alone. Those of base/errors.ts are known from the start. */
export function registerErrorClass(errorClass: ErrorClass): void {
  errorsByName.set(errorClass.prototype.name, errorClass);
  announce();
}

export function reducerOfPrototype(prototype: object): Reducer | undefined {
  return reducersByPrototype.get(prototype);
}

/** The reducer of a class that a message names, or of the nearest class above it. */
export function reducerOfClass(classOf: AnyFunction): Reducer | undefined {
  for (let c: unknown = classOf; typeof c === 'function'; c = Object.getPrototypeOf(c)) {
    const reducer = reducersByClass.get(c);
    if (reducer !== undefined) return reducer;
  }
  return undefined;
}

/** A reducer that this thread registered for a class of the runtime. */
export function reducerOfNative(name: string): Reducer | undefined {
  for (const reducer of reducersByClass.values())
    if (reducer.class.name === name && isNativeFunction(reducer.class)) return reducer;
  return undefined;
}

export function kindOfPrototype(prototype: object): ObjectKind | undefined {
  return kindsByPrototype.get(prototype);
}

/** Loads the modules of all kinds, in a process that may be sent objects whose modules nobody imported there. */
let loader: (() => Promise<unknown>) | undefined;
/** Stands for these modules in a ModuleNotLoaded. */
export const ALL_KINDS = 'multiproc:kinds';

export function setKindLoader(load: () => Promise<unknown>): void {
  loader = load;
}

export async function loadKinds(): Promise<void> {
  await loader?.();
  loader = undefined;
}

/** Whether `loadKinds` may know more kinds than these. */
export function lacksKinds(): boolean {
  return loader !== undefined;
}

export function kindOfTag(tag: number): ObjectKind | undefined {
  return kindsByTag[tag];
}

export function errorClassOf(name: string): ErrorClass | undefined {
  return errorsByName.get(name);
}

/** Calls back after each registration: what was learned about a class may be outdated. */
export function onRegistration(listener: () => void): void {
  listeners.push(listener);
}

/** A function of the engine itself. Its source is not JavaScript, and no module exports it. */
export function isNativeFunction(fn: AnyFunction): boolean {
  return Function.prototype.toString.call(fn).endsWith('{ [native code] }');
}

function announce(): void {
  for (const listener of listeners) listener();
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null;
}
