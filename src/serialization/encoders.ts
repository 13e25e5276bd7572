import { types } from 'node:util';
import type { AnyFunction } from '../references/any_function.ts';
import { writeArray } from './encode_arrays.ts';
import { writeArrayBuffer, writeBuffer, writeDataView, writeSharedArrayBuffer, writeTypedArray } from './encode_binary.ts';
import { instanceEncoder, kindEncoder, reducerEncoder, subclassEncoder } from './encode_classes.ts';
import { writeMap, writeSet } from './encode_collections.ts';
import { writeDomException, writeError } from './encode_errors.ts';
import { ARRAY, BOXED, DATE, INSTANCE, MAP, OBJECT, REGEXP, SET, URL_OBJECT, VIEW_CLASSES } from './format.ts';
import { refusalOf } from './refusals.ts';
import { isNativeFunction, kindOfPrototype, learnKind, onRegistration, reducerOfPrototype } from './registry.ts';
import type { Encoder, ValueWriter } from './value_writer.ts';

/** Which encoder an object gets: by its prototype, and once per prototype by what the object really is. */

/** A built-in kind of object, whatever its prototype is. */
interface Builtin {
  readonly is: (object: object) => boolean;
  readonly write: Encoder;
  readonly prototypes: readonly object[];
  /** Own properties beside the content, when a subclass has fields. */
  readonly fieldsOf: (object: object) => string[];
  readonly deferral?: number;
}

const { isPrototypeOf } = Object.prototype;
const noFields = (): string[] => [];
const typedArrays = VIEW_CLASSES.slice(1).flatMap((viewClass) => (viewClass === null ? [] : [viewClass.prototype]));
const plain: Encoder = (writer, object) => writer.plainObject(object);

const builtins: readonly Builtin[] = [
  builtin(Array.isArray, writeArray, [Array.prototype], noFields, ARRAY),
  builtin(types.isMap, writeMap, [Map.prototype], Object.keys, MAP),
  builtin(types.isSet, writeSet, [Set.prototype], Object.keys, SET),
  builtin(types.isDate, writeDate, [Date.prototype]),
  builtin(types.isRegExp, writeRegExp, [RegExp.prototype]),
  builtin(Buffer.isBuffer, writeBuffer, [Buffer.prototype], fieldsBesideIndices),
  builtin(types.isTypedArray, writeTypedArray, typedArrays, fieldsBesideIndices),
  builtin(types.isArrayBuffer, writeArrayBuffer, [ArrayBuffer.prototype]),
  builtin(types.isDataView, writeDataView, [DataView.prototype]),
  builtin(types.isSharedArrayBuffer, writeSharedArrayBuffer, [SharedArrayBuffer.prototype]),
  builtin(
    types.isBoxedPrimitive,
    writeBoxed,
    [Number.prototype, String.prototype, Boolean.prototype, BigInt.prototype],
    fieldsBesideIndices,
  ),
  builtin((object) => object instanceof DOMException, writeDomException, [DOMException.prototype], noFields),
  builtin(isError, writeError, [], noFields),
  builtin((object) => object instanceof URL, writeUrl, [URL.prototype]),
];

const byPrototype = new Map<object, Builtin>();
for (const kind of builtins) for (const prototype of kind.prototypes) byPrototype.set(prototype, kind);

let byClass = new WeakMap<object, Encoder>();
/** Whether a reducer or kind may stand in front of a built-in kind. */
let overridden = false;
onRegistration(() => {
  byClass = new WeakMap();
  overridden = [...byPrototype.keys()].some((prototype) => reducerOfPrototype(prototype) !== undefined);
});

/** The encoder of an object whose prototype is neither Object.prototype nor (an array's) Array.prototype. */
export function encoderOf(object: object, prototype: object | null, writer: ValueWriter): Encoder {
  if (prototype === null) return types.isModuleNamespaceObject(object) ? writer.refuse(refusalOf(object)!) : plain;
  const known = byPrototype.get(prototype);
  if (known?.is(object) && !overridden) return known.write;
  const cached = byClass.get(prototype);
  if (cached !== undefined) return cached;
  return classify(object, prototype, writer);
}

/** The tag of a container whose contents can follow later. */
export function deferral(object: object, prototype: object | null, writer: ValueWriter): number | undefined {
  if (prototype === Object.prototype || prototype === null) return OBJECT;
  const known = byPrototype.get(prototype);
  if (known !== undefined) return known.is(object) && !overridden ? known.deferral : undefined;
  const encoder = encoderOf(object, prototype, writer);
  if (encoder === plain) return OBJECT;
  return instances.has(encoder) ? INSTANCE : undefined;
}

const iteratorPrototypes = [
  Object.getPrototypeOf(Object.getPrototypeOf([][Symbol.iterator]())),
  Object.getPrototypeOf(Object.getPrototypeOf(Object.getPrototypeOf((async function* () {})()))),
];

/** Encoders of classes whose instances are nothing but fields. */
const instances = new WeakSet<Encoder>();

function classify(object: object, prototype: object, writer: ValueWriter): Encoder {
  const special = specialEncoder(prototype);
  if (special !== undefined) return remember(prototype, special);
  const refusal = refusalOf(object);
  if (refusal !== undefined) writer.refuse(refusal);
  const kind = builtins.find(({ is }) => is(object));
  const classOf = classOfPrototype(prototype);
  // Errors look at their class themselves. A built-in class of another realm is like ours.
  if (kind?.write === writeError) return remember(prototype, kind.write);
  if (kind !== undefined) return builtinEncoder(kind, prototype, classOf);
  if (classOf === undefined) {
    for (const iterators of iteratorPrototypes)
      if (isPrototypeOf.call(iterators, object)) writer.refuse('an iterator stays in its process; send its items, [...iterator]');
    return plain;
  }
  if (byPrototype.has(prototype) && types.isProxy(object))
    writer.refuse(`a Proxy shows the class ${classOf.name} and hides the content; send its target`);
  if (isPlainClass(classOf, prototype) || byPrototype.has(prototype)) return plain;
  if (isNativeFunction(classOf))
    writer.refuse(`${classOf.name} is a class of the runtime that cannot be sent; send what it was made from`);
  if (learnKind(object)) return remember(prototype, specialEncoder(prototype)!);
  const encoder = instanceEncoder(classOf);
  // Here by Object.create(Derived.prototype); what is remembered is for real instances of Derived.
  if (inheritsBuiltin(prototype)) return encoder;
  instances.add(encoder);
  return remember(prototype, encoder);
}

function builtinEncoder(kind: Builtin, prototype: object, classOf: AnyFunction | undefined): Encoder {
  if (classOf === undefined || isNativeFunction(classOf) || kind.prototypes.includes(prototype)) return kind.write;
  const encoder = subclassEncoder(classOf, kind.write, kind.fieldsOf);
  // Object.create(Derived.prototype) is of no built-in kind, though it has the same prototype.
  return remember(prototype, (writer, object) =>
    (kind.is(object) ? encoder : classify(object, prototype, writer))(writer, object),
  );
}

function remember(prototype: object, encoder: Encoder): Encoder {
  byClass.set(prototype, encoder);
  return encoder;
}

/** A reducer or a kind of this library, of the class or of the nearest above it. */
function specialEncoder(prototype: object): Encoder | undefined {
  for (let p: object | null = prototype; p !== null; p = Object.getPrototypeOf(p)) {
    const reducer = reducerOfPrototype(p);
    if (reducer !== undefined) return reducerEncoder(reducer);
    const kind = kindOfPrototype(p);
    if (kind !== undefined) return kindEncoder(kind);
  }
  return undefined;
}

/** The class that made objects with this prototype; undefined for Object.create(anything else), which structuredClone makes plain. */
function classOfPrototype(prototype: object): AnyFunction | undefined {
  const made: unknown = Object.getOwnPropertyDescriptor(prototype, 'constructor')?.value;
  return typeof made === 'function' && made.prototype === prototype ? made : undefined;
}

/** `Object` of another realm. */
function isPlainClass(classOf: AnyFunction, prototype: object): boolean {
  return Object.getPrototypeOf(prototype) === null && classOf.name === 'Object' && isNativeFunction(classOf);
}

function inheritsBuiltin(prototype: object): boolean {
  for (let p: object | null = prototype; p !== null; p = Object.getPrototypeOf(p)) if (byPrototype.has(p)) return true;
  return false;
}

function builtin(
  is: (object: any) => boolean,
  write: Encoder,
  prototypes: readonly object[],
  fieldsOf: (object: object) => string[] = Object.keys,
  deferral?: number,
): Builtin {
  return { is, write, prototypes, fieldsOf, deferral };
}

function isError(object: object): boolean {
  return types.isNativeError(object) || object instanceof Error;
}

/** Indices come first among the keys. */
function fieldsBesideIndices(object: object): string[] {
  const { length } = object as ArrayLike<unknown>;
  return typeof length === 'number' ? Object.keys(object).slice(length) : Object.keys(object);
}

function writeDate(writer: ValueWriter, date: Date): void {
  writer.byte(DATE);
  writer.float64(Date.prototype.getTime.call(date));
}

function writeRegExp(writer: ValueWriter, expression: RegExp): void {
  writer.byte(REGEXP);
  writer.string(expression.source);
  writer.string(expression.flags);
}

function writeUrl(writer: ValueWriter, url: URL): void {
  writer.byte(URL_OBJECT);
  writer.string(url.href);
}

function writeBoxed(writer: ValueWriter, boxed: object): void {
  if (types.isSymbolObject(boxed)) writer.refuse('a symbol is not the same symbol in another process; send a string');
  writer.byte(BOXED);
  if (types.isNumberObject(boxed)) writer.value(Number.prototype.valueOf.call(boxed));
  else if (types.isStringObject(boxed)) writer.value(String.prototype.valueOf.call(boxed));
  else if (types.isBooleanObject(boxed)) writer.value(Boolean.prototype.valueOf.call(boxed));
  else writer.value(BigInt.prototype.valueOf.call(boxed));
}
