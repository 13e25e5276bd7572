import { SerializationError } from '../base/errors.ts';
import { ModuleNotLoaded } from '../references/module_not_loaded.ts';
import { readArray, readMap, readSet } from './decode_containers.ts';
import { decoders } from './decoders.ts';
import {
  ARRAY,
  ARRAY_EXTRA,
  BIGINT,
  BIGINT64,
  DEFERRED,
  FALSE,
  FLOAT64,
  FUNCTION,
  HOLE,
  INSTANCE,
  INT16,
  INT32,
  LATIN1,
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
  SHORT_STRING,
  SMALL_INTEGER,
  TRUE,
  UNDEFINED,
  UTF16,
  VERSION,
} from './format.ts';
import { functionCodec } from './hooks.ts';
import { rememberShape, type Shape, shapeAt } from './shapes.ts';
import { Source } from './source.ts';
import { type ClassReference, setOwn, Unresolved, type ValueReader } from './value_reader.ts';

/** A stack that is nearly used up where decoding starts can end it before this depth does. */
const DEPTH_SLACK = 16;

const nothing = new Uint8Array(0);

/** Stands for an object that is not made yet. */
const unfinished = Object.freeze({});

/** A container whose contents are still to be read. */
interface Deferred {
  readonly object: object;
  readonly tag: number;
}

/**
 * Reads the values of one message in the order in which they were written:
 *
 *     reader.open(bytes); while (reader.more) use(reader.read());
 *
 * After an error the rest cannot be read, unless it was written and is read in frames. Nothing that `read` returns is a view of the bytes.
 */
export class Reader extends Source implements ValueReader {
  context: unknown = undefined;
  /** Objects of this value by number. */
  #objects: object[] = [];
  /** Those that this side has already, which have the first numbers in each value. */
  readonly #known: readonly object[] | undefined;
  #shapes: (Shape | undefined)[] = new Array(SHAPE_SLOTS).fill(undefined);
  #shaped = false;
  #deferred: Deferred[] = [];
  #depth = 0;
  #busy = false;

  constructor(known?: readonly object[]) {
    super();
    if (known === undefined) return;
    this.#known = known;
    this.#objects = known.slice();
  }

  open(bytes: Uint8Array, context?: unknown): void {
    this.bytes = bytes;
    this.position = 0;
    this.end = bytes.byteLength;
    this.context = context;
    if (this.byte() !== VERSION) this.damaged('it does not start with the version of this library');
  }

  /** Lets go of the bytes. */
  close(): void {
    this.bytes = nothing;
    this.position = 0;
    this.end = 0;
    this.context = undefined;
  }

  /** Whether a `read` is running: what it calls and decodes itself needs another Reader. */
  get busy(): boolean {
    return this.#busy;
  }

  /** Whether another value follows. */
  get more(): boolean {
    return this.position < this.end;
  }

  /** The next value. */
  read(): unknown {
    if (this.#busy) throw new Error('A Reader was used by what it called while it was reading a value');
    this.#busy = true;
    try {
      const value = this.value();
      if (this.#deferred.length > 0) this.#drain(0);
      return value;
    } catch (error) {
      if (isStackOverflow(error) && this.#depth > DEPTH_SLACK)
        throw new SerializationError('The message is nested too deeply for what is left of the stack', '', { cause: error });
      throw error;
    } finally {
      this.#busy = false;
      this.#forget();
    }
  }

  /** The next value, written by `writeFrame`. An error costs this value alone: the next can still be read. */
  readFrame(): unknown {
    const whole = this.end;
    const size = this.uint48();
    const start = this.skip(size);
    this.position = start;
    this.end = start + size;
    try {
      const value = this.read();
      return this.more ? this.damaged('something follows a value in its frame') : value;
    } finally {
      this.end = whole;
      this.position = start + size;
    }
  }

  #forget(): void {
    if (this.#known !== undefined) this.#objects = this.#known.slice();
    else if (this.#objects.length > 0) this.#objects = [];
    if (this.#deferred.length > 0) this.#deferred = [];
    if (this.#shaped) {
      for (let i = 0; i < SHAPE_SLOTS; i++) this.#shapes[i] = undefined;
      this.#shaped = false;
    }
    this.#depth = 0;
  }

  value(): unknown {
    const tag = this.byte();
    if (tag >= SMALL_INTEGER) return tag - SMALL_INTEGER;
    if (tag >= SHORT_STRING) return this.text(tag);
    switch (tag) {
      case UNDEFINED:
        return undefined;
      case NULL:
        return null;
      case TRUE:
        return true;
      case FALSE:
        return false;
      case INT16:
        return this.int16();
      case INT32:
        return this.int32();
      case FLOAT64:
        return this.float64();
      case BIGINT64:
      case BIGINT:
        return this.bigint(tag);
      case LATIN1:
      case UTF16:
        return this.text(tag);
      case REFERENCE:
        return this.#reference();
      case FUNCTION:
        return resolved(this.#function());
      default:
        return this.#object(tag);
    }
  }

  string(): string {
    return this.text(this.byte());
  }

  #reference(): object {
    const object = this.#objects[this.varint()];
    if (object === undefined) return this.damaged('it refers to an object that it does not have');
    if (object === unfinished) return this.damaged('an object that is made by a function refers to itself');
    return resolved(object);
  }

  #object(tag: number): object {
    const number = this.#objects.length;
    this.#objects.push(unfinished);
    if (++this.#depth > MAX_DEPTH + DEPTH_SLACK) this.damaged(`it is nested more than ${MAX_DEPTH} levels deep`);
    const object = this.content(tag, number);
    this.#depth--;
    return object;
  }

  content(tag: number, number: number): object {
    switch (tag) {
      case OBJECT:
        return this.#plain(this.known(number, {}), this.#shape());
      case SHAPED:
        return this.#plain(this.known(number, {}), this.#knownShape());
      case ARRAY:
      case ARRAY_EXTRA:
        return readArray(this, this.known(number, []), tag);
      case MAP:
        return readMap(this, this.known(number, new Map()));
      case SET:
        return readSet(this, this.known(number, new Set()));
      case INSTANCE: {
        const instance = this.known(number, Object.create(this.classReference().prototype));
        this.fields(instance);
        return instance;
      }
      case DEFERRED:
        return this.#defer(number);
      default: {
        const decoder = decoders[tag];
        return decoder === undefined ? this.damaged(`there is no tag ${tag}`) : decoder(this, number);
      }
    }
  }

  known<T extends object>(number: number, object: T): T {
    this.#objects[number] = object;
    return object;
  }

  #shape(): Shape {
    const start = this.position;
    const known = shapeAt(this.bytes, start);
    const shape = known ?? this.#newShape();
    if (known === undefined) rememberShape(this.bytes, start, shape);
    else this.skip(known.header.length);
    const count = shape.keys.length;
    if (count <= SHAPE_KEYS) {
      this.#shapes[count & SHAPE_MASK] = shape;
      this.#shaped = true;
    }
    return shape;
  }

  #newShape(): Shape {
    const count = this.count();
    const keys: string[] = [];
    let special = false;
    for (let i = 0; i < count; i++) {
      const key = this.name();
      if (key === '__proto__') special = true;
      keys.push(key);
    }
    return { keys, special };
  }

  #knownShape(): Shape {
    return this.#shapes[this.byte()] ?? this.damaged('it refers to keys that it does not have');
  }

  #plain(object: Record<string, unknown>, { keys, special }: Shape): object {
    if (special) {
      this.#ownFields(object, keys);
      return object;
    }
    for (let i = 0; i < keys.length; i++) {
      if (this.bytes[this.position] === HOLE) this.hole(1);
      else object[keys[i]] = this.value();
    }
    return object;
  }

  fields(object: object): void {
    this.#ownFields(object, this.#shape().keys);
  }

  #ownFields(object: object, keys: string[]): void {
    for (let i = 0; i < keys.length; i++) {
      if (this.bytes[this.position] === HOLE) this.hole(1);
      else this.#setOwn(object, keys[i], this.value());
    }
  }

  #setOwn(object: object, key: string, value: unknown): void {
    try {
      setOwn(object, key, value);
    } catch (error) {
      // `length` of an array, indices of a typed array: never sent as fields.
      this.damaged(`the property ${key} cannot be set on what it is sent with`, error);
    }
  }

  /** Reads a HOLE of at most `most`. */
  hole(most: number): number {
    this.position++;
    const count = this.varint();
    return count >= 1 && count <= most ? count : this.damaged('a hole is larger than what it is in');
  }

  classReference(): ClassReference {
    return this.#asClass(resolved(this.#classOrUnresolved()));
  }

  /** Undefined: the class exists, but not here; its module is loaded. For errors, which have something to fall back on. */
  classIfAny(): ClassReference | undefined {
    const found = this.#classOrUnresolved();
    return found instanceof Unresolved ? undefined : this.#asClass(found);
  }

  #classOrUnresolved(): object {
    const tag = this.byte();
    if (tag === FUNCTION) return this.#function();
    if (tag !== REFERENCE) return this.damaged('a class is missing');
    return this.#objects[this.varint()] ?? this.damaged('it refers to a class that it does not have');
  }

  #asClass(found: unknown): ClassReference {
    if (typeof found !== 'function') return this.damaged('a class is not a function');
    const { prototype } = found as { prototype?: unknown };
    if (typeof prototype !== 'object' || prototype === null) return this.damaged(`the function ${found.name} is not a class`);
    return found as ClassReference;
  }

  #function(): object {
    const number = this.#objects.length;
    this.#objects.push(unfinished);
    if (++this.#depth > MAX_DEPTH + DEPTH_SLACK) this.damaged(`it is nested more than ${MAX_DEPTH} levels deep`);
    const description = this.complete();
    this.#depth--;
    return this.known(number, resolve(description));
  }

  complete(): unknown {
    const mark = this.#deferred.length;
    const value = this.value();
    if (this.#deferred.length > mark) this.#drain(mark);
    return value;
  }

  #defer(number: number): object {
    const tag = this.byte();
    const object = this.known(number, this.#empty(tag));
    this.#deferred.push({ object, tag });
    return object;
  }

  #empty(tag: number): object {
    switch (tag) {
      case OBJECT:
        return {};
      case ARRAY:
        return [];
      case MAP:
        return new Map();
      case SET:
        return new Set();
      case INSTANCE:
        return Object.create(this.classReference().prototype);
      default:
        return this.damaged(`contents of tag ${tag} cannot be deferred`);
    }
  }

  #drain(mark: number): void {
    this.#depth++;
    for (let i = mark; i < this.#deferred.length; i++) this.#fill(this.#deferred[i]);
    this.#deferred.length = mark;
    this.#depth--;
  }

  #fill({ object, tag }: Deferred): void {
    if (tag === INSTANCE) {
      this.fields(object);
      return;
    }
    const actual = this.byte();
    if (tag === OBJECT && actual === OBJECT) this.#plain(object as Record<string, unknown>, this.#shape());
    else if (tag === OBJECT && actual === SHAPED) this.#plain(object as Record<string, unknown>, this.#knownShape());
    else if (tag === ARRAY && (actual === ARRAY || actual === ARRAY_EXTRA)) readArray(this, object as unknown[], actual);
    else if (tag === MAP && actual === MAP) readMap(this, object as Map<unknown, unknown>);
    else if (tag === SET && actual === SET) readSet(this, object as Set<unknown>);
    else this.damaged('deferred contents are of another kind than announced');
  }
}

function resolve(description: unknown): object {
  const codec = functionCodec();
  if (codec === undefined)
    throw new SerializationError('The message has a function in it, and this program has no codec for functions');
  try {
    return codec.resolve(description);
  } catch (error) {
    if (error instanceof ModuleNotLoaded) throw error;
    return new Unresolved(error);
  }
}

function resolved(object: object): object {
  if (object instanceof Unresolved) throw object.reason;
  return object;
}

function isStackOverflow(error: unknown): boolean {
  return error instanceof RangeError && error.message === 'Maximum call stack size exceeded';
}
