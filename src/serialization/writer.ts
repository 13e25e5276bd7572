import { types } from 'node:util';
import { FunctionReferenceError, SerializationError } from '../base/errors.ts';
import type { AnyFunction } from '../references/any_function.ts';
import { writeArray } from './encode_arrays.ts';
import { classReference } from './encode_classes.ts';
import { writeMap, writeSet } from './encode_collections.ts';
import { deferral, encoderOf } from './encoders.ts';
import {
  ARRAY,
  DEFER_DEPTH,
  DEFERRED,
  FALSE,
  FRAME_HEADER,
  FUNCTION,
  HOLE,
  INSTANCE,
  MAP,
  MAX_DEPTH,
  NULL,
  OBJECT,
  REFERENCE,
  SET,
  SHAPE_KEYS,
  SHAPE_MASK,
  SHAPE_SLOTS,
  SHAPED,
  TRUE,
  UNDEFINED,
  VERSION,
} from './format.ts';
import { functionCodec, standIn } from './hooks.ts';
import { NEW_OBJECT, NumbersAfter, ObjectNumbers } from './object_numbers.ts';
import { PROPERTY, pathStep, type Step } from './paths.ts';
import { headerOf, sameKeys } from './shapes.ts';
import { type Part, Sink } from './sink.ts';
import type { ValueWriter } from './value_writer.ts';

/** What `writeElements` takes in one step. */
const FEW_ELEMENTS = 8;
const SHORT_TEXT = 256;

/** In place of a step: the container itself is being looked at. */
const NOWHERE = -1;

const ObjectPrototype = Object.prototype;
const ArrayPrototype = Array.prototype;
const { getPrototypeOf, keys: keysOf, hasOwn } = Object;

/** A container whose contents are still to be written, and where it stands. */
interface Deferred {
  readonly object: object;
  readonly tag: number;
  readonly path: string;
}

/**
 * Writes one message of any number of values:
 *
 *     writer.begin(); writer.write(a); writer.write(b); const bytes = writer.finish();
 *
 * A `write` that throws leaves the message as it was before it. The bytes belong to the writer and hold until its next `begin`.
 */
export class Writer extends Sink implements ValueWriter {
  context: unknown = undefined;
  #root = 'value';
  #busy = false;
  readonly #numbers: ObjectNumbers;
  #shapes: (string[] | undefined)[] = new Array(SHAPE_SLOTS).fill(undefined);
  #shaped = false;
  /** Objects whose replacement is being written: a second look at them cannot be rebuilt. */
  #replaced: object[] = [];
  #deferred: Deferred[] = [];
  #depth = 0;
  /** Containers below this depth are deferred. */
  #deferBelow = DEFER_DEPTH;
  // The way down to the place that is being written, by depth.
  #containers: unknown[] = [];
  #keys: unknown[] = [];
  #steps: (Step | typeof NOWHERE)[] = [];
  /** Where the way down starts: the root, or a deferred container; and at which depth. */
  #base = 'value';
  #from = 1;
  // The last path asked for by `#defer`, for its container's other children.
  #pathOwner: unknown;
  #pathPrefix = '';

  /** Of `known` only the numbers travel: the Reader must have been given as many objects. */
  constructor(size?: number, known?: readonly object[]) {
    super(size);
    this.#numbers = known ? new NumbersAfter(known) : new ObjectNumbers();
  }

  /** Starts a message. `root` names what is sent in error messages. Bytes of `partsFrom` and more at a time are left for `takeParts`. */
  begin(context?: unknown, root = 'value', partsFrom = Infinity): void {
    this.context = context;
    this.partsFrom = partsFrom;
    this.parts = undefined;
    this.#root = root;
    this.length = 0;
    this.byte(VERSION);
  }

  /** Whether a `write` is running: a getter or a reducer that sends something itself needs another Writer. */
  get busy(): boolean {
    return this.#busy;
  }

  /** Appends a value. */
  write(value: unknown, root = this.#root): void {
    if (this.#busy) throw new Error('A Writer was used by a getter or reducer of the value that it is writing');
    const start = this.length;
    const before = this.parts === undefined ? 0 : this.parts.length;
    this.#base = root;
    this.#busy = true;
    try {
      this.value(value);
      if (this.#deferred.length > 0) this.#drain(0);
    } catch (error) {
      this.length = start;
      if (this.parts !== undefined) this.parts.length = before;
      const failure = this.#failure(error);
      this.#reset();
      throw failure;
    } finally {
      this.#busy = false;
    }
    if (this.#numbers.count > 0) this.#forget();
  }

  /**
   * Appends an array of which only the elements count, as arguments: a few numbers, strings and the like in one step. It takes Object.keys to find out
   * whether an array has other properties, and that takes longer than all else.
   */
  writeElements(array: readonly unknown[], root = this.#root): void {
    if (array.length > FEW_ELEMENTS || getPrototypeOf(array) !== ArrayPrototype || !this.#plainElements(array))
      this.write(array, root);
  }

  /** False = nothing was written: there is an object among them, or a getter that fails. */
  #plainElements(array: readonly unknown[]): boolean {
    if (this.#busy) return false;
    const start = this.length;
    let isDone = false;
    this.#busy = true;
    try {
      const { length } = array;
      this.byte(ARRAY);
      this.varint(length);
      let i = 0;
      for (; i < length; i++) {
        const value = array[i];
        if (typeof value === 'number') this.number(value);
        else if (typeof value === 'string' && value.length < SHORT_TEXT) this.string(value);
        else if (typeof value === 'boolean' || value === undefined || value === null) this.value(value);
        else break;
      }
      isDone = i === length;
    } catch {
      // `write` meets it, too, and says where.
    } finally {
      this.#busy = false;
      if (!isDone) this.length = start;
    }
    return isDone;
  }

  /** Appends a value with its size, so that a reader that fails on it can go on after it. */
  writeFrame(value: unknown, root?: string): void {
    const start = this.length;
    this.reserve(FRAME_HEADER);
    this.length = start + FRAME_HEADER;
    try {
      this.write(value, root);
    } catch (error) {
      this.length = start;
      throw error;
    }
    this.uint48(start, this.length - start - FRAME_HEADER);
  }

  /** What belongs between the bytes that `finish` gives. To be copied before anything of the user's runs. */
  takeParts(): readonly Part[] | undefined {
    const { parts } = this;
    this.parts = undefined;
    return parts;
  }

  finish(): Uint8Array {
    this.context = undefined;
    return this.view();
  }

  value(value: unknown): void {
    switch (typeof value) {
      case 'string':
        this.string(value);
        return;
      case 'number':
        this.number(value);
        return;
      case 'object':
        if (value === null) this.byte(NULL);
        else this.#object(value);
        return;
      case 'boolean':
        this.byte(value ? TRUE : FALSE);
        return;
      case 'undefined':
        this.byte(UNDEFINED);
        return;
      case 'bigint':
        this.bigint(value);
        return;
      case 'function':
        this.functionReference(value);
        return;
      default:
        this.refuse('a symbol is not the same symbol in another process; send a string');
    }
  }

  #object(given: object): void {
    const object = standIn === undefined ? given : (standIn(given) ?? given);
    if (this.#isKnown(object)) return;
    const depth = ++this.#depth;
    this.#containers[depth] = object;
    this.#steps[depth] = NOWHERE;
    const prototype = getPrototypeOf(object);
    if (depth > this.#deferBelow && this.#defer(object, prototype)) return;
    if (prototype === ObjectPrototype) this.plainObject(object);
    else if (prototype === ArrayPrototype && Array.isArray(object)) writeArray(this, object);
    else encoderOf(object, prototype, this)(this, object);
    this.#containers[depth] = undefined;
    this.#keys[depth] = undefined;
    this.#depth = depth - 1;
  }

  plainObject(object: object): void {
    const keys = keysOf(object);
    const count = keys.length;
    const known = this.#shapes[count & SHAPE_MASK];
    if (known !== undefined && sameKeys(known, keys)) {
      this.reserve(2);
      this.bytes[this.length++] = SHAPED;
      this.bytes[this.length++] = count & SHAPE_MASK;
      this.#values(object, known);
    } else {
      this.byte(OBJECT);
      this.fields(object, keys);
    }
  }

  fields(object: object, keys: string[]): void {
    const count = keys.length;
    const header = headerOf(keys);
    if (header === undefined) {
      this.varint(count);
      for (let i = 0; i < count; i++) this.string(keys[i]);
    } else this.#header(header);
    if (count <= SHAPE_KEYS) {
      this.#shapes[count & SHAPE_MASK] = keys;
      this.#shaped = true;
    }
    this.#values(object, keys);
  }

  /** Tens of bytes: a loop beats the call of `set`. */
  #header(header: Uint8Array): void {
    const size = header.length;
    this.reserve(size);
    const { bytes, length } = this;
    for (let i = 0; i < size; i++) bytes[length + i] = header[i];
    this.length = length + size;
  }

  #values(object: object, keys: string[]): void {
    const depth = this.#depth;
    this.#steps[depth] = PROPERTY;
    for (let i = 0; i < keys.length; i++) {
      const key = keys[i];
      const value = (object as Record<string, unknown>)[key];
      if (typeof value === 'string') this.string(value);
      else if (typeof value === 'number') this.number(value);
      // A getter may have deleted a property that was there when the keys were taken.
      else if (value === undefined && !hasOwn(object, key)) {
        this.byte(HOLE);
        this.varint(1);
      } else {
        this.#keys[depth] = key;
        this.value(value);
      }
    }
  }

  at(key: unknown, step: Step = PROPERTY): void {
    this.#keys[this.#depth] = key;
    this.#steps[this.#depth] = step;
  }

  functionReference(fn: AnyFunction): void {
    if (this.#isKnown(fn)) return;
    const codec = functionCodec();
    if (codec === undefined) this.refuse(`${describeFunction(fn)} cannot travel: this program has no codec for functions`);
    let description: unknown;
    try {
      description = codec.describe(fn);
    } catch (error) {
      if (!(error instanceof FunctionReferenceError)) throw error;
      this.refuse(error.message, error);
    }
    this.byte(FUNCTION);
    this.complete(description);
  }

  complete(value: unknown): void {
    const mark = this.#deferred.length;
    const outer = this.#deferBelow;
    this.#deferBelow = Math.min(this.#depth + DEFER_DEPTH, MAX_DEPTH);
    this.value(value);
    if (this.#deferred.length > mark) this.#drain(mark);
    this.#deferBelow = outer;
  }

  withoutCycle(object: object, write: () => void): void {
    this.#replaced.push(object);
    write();
    this.#replaced.pop();
  }

  refuse(reason: string, cause?: unknown): never {
    throw this.#refusal(reason, cause);
  }

  /** Writes a reference if the object was met in this value, else gives it the next number. */
  #isKnown(object: object): boolean {
    const number = this.#numbers.find(object);
    if (number === NEW_OBJECT) return false;
    if (this.#replaced.length > 0 && this.#replaced.includes(object))
      this.refuse('it contains itself by way of its reducer, so it could not be rebuilt; leave it out of what reduce returns');
    this.byte(REFERENCE);
    this.varint(number);
    return true;
  }

  /** Leaves a container's contents for later. False: its kind cannot wait. */
  #defer(object: object, prototype: object | null): boolean {
    const tag = deferral(object, prototype, this);
    if (tag === undefined) {
      if (this.#depth > MAX_DEPTH) this.refuse(`it is nested more than ${MAX_DEPTH} levels deep in errors or reducers`);
      return false;
    }
    this.#containers[this.#depth--] = undefined;
    this.#deferred.push({ object, tag, path: this.#deferredPath() });
    this.byte(DEFERRED);
    this.byte(tag);
    if (tag === INSTANCE) classReference(this, prototype!.constructor);
    return true;
  }

  #drain(mark: number): void {
    const depth = this.#depth;
    const base = this.#base;
    const from = this.#from;
    const inner = depth + 1;
    this.#from = inner;
    // Contents that are deferred while this runs are appended, and drained by the same loop.
    for (let i = mark; i < this.#deferred.length; i++) {
      const { object, tag, path } = this.#deferred[i];
      this.#base = path;
      this.#pathOwner = undefined;
      this.#depth = inner;
      this.#containers[inner] = object;
      this.#steps[inner] = NOWHERE;
      this.#content(object, tag);
      this.#containers[inner] = undefined;
      this.#keys[inner] = undefined;
    }
    this.#deferred.length = mark;
    this.#depth = depth;
    this.#base = base;
    this.#from = from;
  }

  #content(object: object, tag: number): void {
    if (tag === OBJECT) this.plainObject(object);
    else if (tag === ARRAY) writeArray(this, object as unknown[]);
    else if (tag === MAP) writeMap(this, object as Map<unknown, unknown>);
    else if (tag === SET) writeSet(this, object as Set<unknown>);
    else this.fields(object, keysOf(object));
  }

  #path(): string {
    let path = this.#base;
    for (let depth = this.#from; depth <= this.#depth; depth++) {
      const step = this.#steps[depth];
      if (step !== NOWHERE) path += pathStep(step, this.#keys[depth]);
    }
    return path;
  }

  /** The path of a child of the current container; the container's own is made once for all its children. */
  #deferredPath(): string {
    const depth = this.#depth;
    const container = this.#containers[depth];
    if (this.#pathOwner !== container) {
      const step = this.#steps[depth];
      this.#steps[depth] = NOWHERE;
      this.#pathPrefix = this.#path();
      this.#pathOwner = container;
      this.#steps[depth] = step;
    }
    return this.#pathPrefix + pathStep(this.#steps[depth] as Step, this.#keys[depth]);
  }

  /** What a failed `write` throws. Whatever a getter or a reducer threw goes on as it is. */
  #failure(error: unknown): unknown {
    if (error instanceof SerializationError) return error;
    const container = this.#containers[this.#depth];
    if (isStackOverflow(error) && this.#depth > DEFER_DEPTH / 2)
      return this.#refusal(`it is nested too deeply for what is left of the stack (${this.#depth} levels here)`, error);
    if (types.isProxy(container)) return this.#refusal('it is a Proxy, and one of its traps failed; send its target', error);
    return error;
  }

  #refusal(reason: string, cause: unknown): SerializationError {
    const path = this.#path();
    return new SerializationError(`Cannot send ${path}: ${reason}`, path, cause === undefined ? undefined : { cause });
  }

  #forget(): void {
    this.#numbers.clear();
    if (this.#shaped) {
      for (let i = 0; i < SHAPE_SLOTS; i++) this.#shapes[i] = undefined;
      this.#shaped = false;
    }
    this.#pathOwner = undefined;
  }

  #reset(): void {
    this.#forget();
    this.#replaced = [];
    this.#deferred = [];
    this.#depth = 0;
    this.#deferBelow = DEFER_DEPTH;
    this.#from = 1;
    this.#containers = [];
    this.#keys = [];
    this.#steps = [];
  }
}

function isStackOverflow(error: unknown): boolean {
  return error instanceof RangeError && error.message === 'Maximum call stack size exceeded';
}

function describeFunction(fn: AnyFunction): string {
  return fn.name === '' ? 'an anonymous function' : `the function ${fn.name}`;
}
