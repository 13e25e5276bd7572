/** Structures with C layout: each field at the next multiple of its alignment, the whole a multiple of the largest. */
import { inspect } from 'node:util';
import { argumentRangeError, argumentTypeError } from '../base/errors.ts';
import { Memory } from './memory.ts';
import { resolve } from './resolve.ts';
import { atPlace, type Description, type Field, Type, wrongType } from './type.ts';
import type { CType, StructOf, StructType } from './type_names.ts';
import { View } from './view.ts';

/** A field would hide what a Value has under this name. */
const RESERVED = new Set([
  ...Object.getOwnPropertyNames(Object.prototype),
  ...['value', 'getLock', 'getObj', 'acquire', 'acquireSync', 'tryAcquire', 'release', 'locked'],
  ...['hold', 'holdSync', 'tryHold', 'runExclusive', 'toJSON', 'then'],
]);
const MAX_BYTES = 2 ** 31;

/**
 * A structure type with C layout, as a `ctypes.Structure` with these `_fields_`; the order of the fields counts.
 *
 * ```ts
 * const Point = struct({ x: 'd', y: 'd', tag: char(16), pos: struct({ a: 'q', ok: '?' }), arr: array('i', 4) });
 * const point = new Value(Point, { x: 1 });
 * point.x += 1;
 * point.pos.a = 3n;
 * ```
 *
 * Fields that are structures or arrays read as views of the same memory; text reads as a string, and `raw(point, 'tag')` has its bytes.
 * The type travels by its description: in every process the same fields are the same type. `size` and `alignment` are in bytes, and
 * `fields` tells where each lies.
 * Throws TypeError for a field that is no type, and for names that Value or Object have; RangeError when there are none.
 */
export function struct<const F extends Record<string, CType>>(fields: F): StructType<StructOf<F>> {
  if (typeof fields !== 'object' || fields === null || Array.isArray(fields))
    throw argumentTypeError(
      `struct() takes an object of field names and types, like { x: 'd' }, not ${inspect(fields, { depth: 0 })}`,
    );
  const types = Object.entries(fields).map(([name, type]): [string, Type] => {
    try {
      return [name, resolve(type)];
    } catch (error) {
      throw atPlace(error, name);
    }
  });
  return structType(types) as unknown as StructType<StructOf<F>>;
}

const known = new Map<string, Type>();

/** The one type with these fields. */
export function structType(types: readonly (readonly [name: string, type: Type])[]): Type {
  if (types.length === 0) throw argumentRangeError("a struct needs at least one field, like struct({ x: 'd' })");
  const description: Description = ['struct', ...types.map(([name, type]) => [name, type.description] as const)];
  const key = JSON.stringify(description);
  let type = known.get(key);
  if (!type) {
    type = makeStruct(types, description);
    known.set(key, type);
  }
  return type;
}

function makeStruct(types: readonly (readonly [name: string, type: Type])[], description: Description): Type {
  const fields: Record<string, Field> = Object.create(null);
  let end = 0;
  let alignment = 1;
  for (const [name, type] of types) {
    checkName(name);
    const offset = roundUp(end, type.alignment);
    fields[name] = Object.freeze({ name, type, offset, size: type.size });
    end = offset + type.size;
    alignment = Math.max(alignment, type.alignment);
  }
  const size = roundUp(end, alignment);
  if (size > MAX_BYTES) throw argumentRangeError(`a struct of ${size} bytes is larger than any memory: at most ${MAX_BYTES}`);
  const Instance = class extends StructView {};
  Object.defineProperty(Instance, 'name', { value: 'struct' });
  const type: Type = new Type({
    kind: 'struct',
    name: 'struct',
    description,
    size,
    alignment,
    fields: Object.freeze(fields),
    read: (memory, offset) => new Instance(type, memory, offset),
    write: (memory, offset, value) => writeStruct(type, memory, offset, value),
  });
  for (const [place, field] of Object.values(fields).entries()) StructView.define(Instance.prototype, field, place);
  return type;
}

function checkName(name: string): void {
  if (RESERVED.has(name))
    throw argumentTypeError(`a struct field cannot be called '${name}', which is a member of Value: choose another name`);
  if (/^\d+$/.test(name) || name === '')
    throw argumentTypeError(
      `a struct field cannot be called '${name}': JavaScript moves such names to the front, and the order of fields counts`,
    );
}

/** Field by field into memory of its own, then in one go: a bad field leaves everything as it was, and missing fields become zero. */
function writeStruct(type: Type, memory: Memory, offset: number, value: unknown): void {
  if (value instanceof View && View.typeOf(value) === type) {
    const from = View.offsetOf(value);
    memory.u8.set(View.memoryOf(value).u8.subarray(from, from + type.size), offset);
    return;
  }
  if (!hasFields(value)) throw wrongType('a struct', `an object with the fields ${Object.keys(type.fields!).join(', ')}`, value);
  const staged = new Memory(new ArrayBuffer(type.size));
  for (const [name, item] of Object.entries(value)) {
    const field = type.fields![name];
    if (!field) throw argumentTypeError(`the struct has no field '${name}', only ${Object.keys(type.fields!).join(', ')}`);
    if (item !== undefined) writeField(field, staged, 0, item);
  }
  memory.u8.set(staged.u8, offset);
}

/** What has its content elsewhere than in own properties would silently be all zeros. */
function hasFields(value: unknown): value is object {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || ArrayBuffer.isView(value) || value instanceof View)
    return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null || Object.keys(value).length > 0;
}

function writeField(field: Field, memory: Memory, start: number, value: unknown): void {
  try {
    field.type.write(memory, start + field.offset, value);
  } catch (error) {
    throw atPlace(error, field.name);
  }
}

function roundUp(bytes: number, alignment: number): number {
  return Math.ceil(bytes / alignment) * alignment;
}

/** A structure in shared memory. Each type has a subclass with its fields as accessors. */
export class StructView extends View {
  /** Fields that are structures or arrays, so that each is the same object each time. */
  #parts: unknown[] | undefined;

  static define(prototype: StructView, field: Field, place: number): void {
    const { name, offset, type } = field;
    const { read } = type;
    const isPart = type.kind === 'struct' || type.kind === 'array';
    Object.defineProperty(prototype, name, {
      enumerable: true,
      configurable: true,
      get: isPart
        ? function (this: StructView) {
            this.#parts ??= [];
            this.#parts[place] ??= read(View.memoryOf(this), View.offsetOf(this) + offset);
            return this.#parts[place];
          }
        : function (this: StructView) {
            return read(View.memoryOf(this), View.offsetOf(this) + offset);
          },
      set(this: StructView, value: unknown) {
        writeField(field, View.memoryOf(this), View.offsetOf(this), value);
      },
    });
  }

  /** A plain copy. */
  toJSON(): Record<string, unknown> {
    const plain: Record<string, unknown> = {};
    for (const name of Object.keys(View.typeOf(this).fields!))
      plain[name] = plainOf((this as unknown as Record<string, unknown>)[name]);
    return plain;
  }

  override toString(): string {
    return '<struct>';
  }

  [Symbol.for('nodejs.util.inspect.custom')](_depth: number, options: object): string {
    return `struct ${inspect(this.toJSON(), options)}`;
  }
}

function plainOf(value: unknown): unknown {
  if (value instanceof StructView) return value.toJSON();
  if (typeof value === 'object' && value !== null && Symbol.iterator in value)
    return Array.from(value as Iterable<unknown>, plainOf);
  return value;
}
