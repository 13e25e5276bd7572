/** The types of managers and proxies: what TypeScript infers from a registry. Nothing of this is there at run time. */
import type { AnyFunction } from '../references/any_function.ts';
import type { TypeSpec } from './registry.ts';

type Constructor = abstract new (...args: any[]) => any;
/** What `BaseManager.define` takes. */
export type RegistryInput = Record<string, Constructor | AnyFunction | TypeSpec>;

type NotExposed = `_${string}` | 'then' | 'constructor' | 'toString' | 'toLocaleString' | 'valueOf' | 'toJSON';

/** Methods, by their names: those that begin with `_` are not public. */
type MethodKeys<T> = {
  [K in keyof T]: K extends string ? (T[K] extends AnyFunction ? (K extends NotExposed ? never : K) : never) : never;
}[keyof T];

type AnyGenerator = Generator<any, any, any> | AsyncGenerator<any, any, any>;
type Yielded<G> = G extends Generator<infer Y, any, any> ? Y : G extends AsyncGenerator<infer Y, any, any> ? Y : never;
type IsAny<T> = 0 extends 1 & T ? true : false;
type IsGenerator<R> = IsAny<R> extends true ? false : [R] extends [never] ? false : [R] extends [AnyGenerator] ? true : false;
/** A method as its proxy has it. */
type RemoteMethod<F> = F extends (...args: infer A) => infer R
  ? (...args: A) => IsGenerator<R> extends true ? AsyncIterableIterator<Yielded<R>> : Promise<Awaited<R>>
  : never;
type BlockingMethod<F> = F extends (...args: infer A) => infer R
  ? (...args: A) => IsGenerator<R> extends true ? IterableIterator<Yielded<R>> : Awaited<R>
  : never;

type RemoteMembers<T, K extends keyof T = MethodKeys<T>, M = unknown> = {
  readonly [P in K]: P extends keyof M
    ? T[P] extends (...args: infer A) => any
      ? (...args: A) => Promise<Remote<M[P]>>
      : never
    : RemoteMethod<T[P]>;
};
type BlockingMembers<T, K extends keyof T = MethodKeys<T>, M = unknown> = {
  readonly [P in K]: P extends keyof M
    ? T[P] extends (...args: infer A) => any
      ? (...args: A) => Remote<M[P]>
      : never
    : BlockingMethod<T[P]>;
};

/** What every proxy has. */
export interface ProxyBase<T, Blocking = unknown> extends Disposable {
  /** A copy of the referent. */
  getValue(): Promise<T>;
  /** The same methods, blocking the thread (a manager of the same session). */
  readonly sync: Blocking & { getValue(): T };
  [Symbol.dispose](): void;
}

/** The proxy of a T: each public method returns a promise, a generator an async iterator. */
export type Remote<T> = RemoteMembers<T> & ProxyBase<T, BlockingMembers<T>>;

type Referent<E> = E extends Constructor
  ? InstanceType<E>
  : E extends (...args: any[]) => infer R
    ? Awaited<R>
    : E extends { callable: infer C }
      ? Referent<C>
      : any;
type CallArguments<E> = E extends Constructor
  ? ConstructorParameters<E>
  : E extends (...args: infer A) => any
    ? A
    : E extends { callable: infer C }
      ? CallArguments<C>
      : any[];
type Results<E, Reg> = E extends { methodToTypeid: infer M }
  ? { [K in keyof M]: M[K] extends keyof Reg ? Referent<Reg[M[K]]> : unknown }
  : unknown;
type Exposed<E> = E extends { exposed: readonly (infer K)[] } ? K & keyof Referent<E> : MethodKeys<Referent<E>>;
type ProxyOf<E, Reg> = E extends { proxyType: new (...args: any[]) => infer P }
  ? P
  : E extends { exposed: readonly string[] }
    ? MembersOf<E, Reg>
    : IsGenerator<Referent<E>> extends true
      ? AsyncIterableIterator<Yielded<Referent<E>>> & Disposable
      : MembersOf<E, Reg>;
type MembersOf<E, Reg> = RemoteMembers<Referent<E>, Exposed<E>, Results<E, Reg>> &
  ProxyBase<Referent<E>, BlockingMembers<Referent<E>, Exposed<E>, Results<E, Reg>>>;

/** The methods of a manager that make objects. */
export type Factories<Reg> = {
  readonly [K in keyof Reg as Reg[K] extends { createMethod: false } ? never : K]: (
    ...args: CallArguments<Reg[K]>
  ) => Promise<ProxyOf<Reg[K], Reg>>;
};
