/** One value in shared memory, with a lock. */
import { inspect } from 'node:util';
import { checkDifference, checkOperand, integersAt } from './atomics.ts';
import type { Memory } from './memory.ts';
import { newValue, type Place } from './raw.ts';
import { resolve } from './resolve.ts';
import { type AnyLock, type LockOption, lockFor, Synchronized } from './synchronized.ts';
import type { IntegerArray, Type } from './type.ts';
import type { BigCode, CType, Initial, IntCode, JsValue, NativeValue, StructType } from './type_names.ts';
import { registerSynchronized } from './wire.ts';

/** From `valueAt`: the constructor takes a place that exists instead of making one. */
let adopted: { place: Place; lock: AnyLock | undefined } | undefined;

/** `Value` as it is at run time. */
export class SharedValue extends Synchronized {
  readonly #type: Type;
  readonly #memory: Memory;
  readonly #offset: number;
  /** Structures and arrays show themselves. */
  readonly #isView: boolean;

  constructor(type: unknown, initial?: unknown, options?: LockOption) {
    const { place, lock } = adopted ?? { place: newValue(resolve(type), initial), lock: lockFor(options) };
    super(place, lock);
    this.#type = place.type;
    this.#memory = place.memory;
    this.#offset = place.offset;
    this.#isView = place.type.kind === 'struct' || place.type.kind === 'array';
    if (place.type.fields) Object.setPrototypeOf(this, withFields(place.type, new.target.prototype));
  }

  get value(): any {
    return this.#isView ? Synchronized.objectOf(this) : this.#type.read(this.#memory, this.#offset);
  }

  set value(value: any) {
    this.#type.write(this.#memory, this.#offset, value);
  }

  getObj(): any {
    return Synchronized.objectOf(this);
  }

  add(difference: any): any {
    const array = this.#integers('add');
    return Atomics.add(array as Int32Array, this.#index(array), checkDifference(this.#type, difference));
  }

  sub(difference: any): any {
    const array = this.#integers('sub');
    return Atomics.sub(array as Int32Array, this.#index(array), checkDifference(this.#type, difference));
  }

  and(bits: any): any {
    const array = this.#integers('and');
    return Atomics.and(array as Int32Array, this.#index(array), checkOperand(this.#type, bits));
  }

  or(bits: any): any {
    const array = this.#integers('or');
    return Atomics.or(array as Int32Array, this.#index(array), checkOperand(this.#type, bits));
  }

  xor(bits: any): any {
    const array = this.#integers('xor');
    return Atomics.xor(array as Int32Array, this.#index(array), checkOperand(this.#type, bits));
  }

  exchange(value: any): any {
    const array = this.#integers('exchange');
    return Atomics.exchange(array as Int32Array, this.#index(array), checkOperand(this.#type, value));
  }

  compareExchange(expected: any, value: any): any {
    const array = this.#integers('compareExchange');
    const from = checkOperand(this.#type, expected);
    return Atomics.compareExchange(array as Int32Array, this.#index(array), from, checkOperand(this.#type, value));
  }

  #integers(operation: string): IntegerArray {
    return integersAt(this.#type, this.#memory, operation);
  }

  #index(array: IntegerArray): number {
    return this.#offset / array.BYTES_PER_ELEMENT;
  }

  toJSON(): unknown {
    return this.value;
  }

  override toString(): string {
    const type = this.#type;
    return `<Synchronized wrapper for ${type.kind === 'scalar' ? `${type.name}(${inspect(this.value)})` : type.name}>`;
  }

  [Symbol.for('nodejs.util.inspect.custom')](_depth: number, options: object): string {
    return this.#type.kind === 'scalar' ? String(this) : `<Synchronized wrapper for ${inspect(this.getObj(), options)}>`;
  }
}
Object.defineProperty(SharedValue, 'name', { value: 'Value' });

/** The Value of a place that exists. */
export function valueAt(place: Place, lock: AnyLock | undefined): SharedValue {
  adopted = { place, lock };
  try {
    return new SharedValue(place.type);
  } finally {
    adopted = undefined;
  }
}

registerSynchronized(10, SharedValue, valueAt);

const prototypes = new WeakMap<object, WeakMap<Type, object>>();

/** The prototype of Values of a structure, with its fields. */
function withFields(type: Type, base: object): object {
  let ofBase = prototypes.get(base);
  if (!ofBase) {
    ofBase = new WeakMap();
    prototypes.set(base, ofBase);
  }
  let prototype = ofBase.get(type);
  if (!prototype) {
    prototype = makePrototype(type, base);
    ofBase.set(type, prototype);
  }
  return prototype;
}

function makePrototype(type: Type, base: object): object {
  const prototype = Object.create(base);
  for (const name of Object.keys(type.fields!)) {
    Object.defineProperty(prototype, name, {
      enumerable: true,
      configurable: true,
      get(this: SharedValue) {
        return this.value[name];
      },
      set(this: SharedValue, value: unknown) {
        this.value[name] = value;
      },
    });
  }
  return prototype;
}

interface ValueMembers<T extends CType> extends Synchronized {
  /**
   * The value; of a structure or an array a view of the memory. Setting it checks type and range (TypeError, RangeError).
   * Reading and writing are single accesses without the lock: `v.value += 1` is two of them, between which another process may write.
   * Use `add()`, or `runExclusive`.
   */
  get value(): JsValue<T>;
  set value(value: JsValue<T>);
  /** What RawValue would have returned: the same memory without the lock. */
  getObj(): NativeValue<T>;
  toJSON(): unknown;
}

/** Atomic and without the lock, between all processes. Each returns the former value. Throws TypeError, RangeError for a bad operand. */
export interface AtomicOperations<N> {
  /** Adds; beyond the range of the type it wraps around, as C's and `Atomics` do. A negative number subtracts. */
  add(difference: N): N;
  /** Subtracts, as `add`. */
  sub(difference: N): N;
  and(bits: N): N;
  or(bits: N): N;
  xor(bits: N): N;
  exchange(value: N): N;
  /** Writes `value` if `expected` is there. It was, if that is what it returns. */
  compareExchange(expected: N, value: N): N;
}

type IntegerClass =
  | Int8ArrayConstructor
  | Uint8ArrayConstructor
  | Int16ArrayConstructor
  | Uint16ArrayConstructor
  | Int32ArrayConstructor
  | Uint32ArrayConstructor;

/**
 * A value in shared memory, with a lock, as `multiprocessing.Value`. Passed on or sent it stays the same memory and the same lock.
 *
 * ```ts
 * const hits = new Value('i');
 * hits.add(1);                                             // atomic
 * await hits.runExclusive(() => { hits.value *= 2; });     // so is this, among those who use the lock
 * ```
 *
 * `value` reads and writes it. `v.value += 1` is not atomic, as in CPython. Integers have atomic operations, and of a structure the fields are
 * properties: `point.x += 1`.
 */
export type Value<T extends CType> = ValueMembers<T> &
  (T extends IntCode | IntegerClass
    ? AtomicOperations<number>
    : T extends BigCode | BigInt64ArrayConstructor | BigUint64ArrayConstructor
      ? AtomicOperations<bigint>
      : T extends StructType<infer S>
        ? S
        : unknown);

/** @see the type of this name. */
export const Value: {
  /**
   * Throws TypeError for an unknown type (naming those there are) and for values of a wrong type, RangeError for values that do not fit,
   * SharedMemoryError when the session's memory is used up.
   */
  new <const T extends CType>(type: T, initial?: NoInfer<Initial<JsValue<T>>>, options?: LockOption): Value<T>;
  readonly prototype: Value<any>;
} = SharedValue as never;
