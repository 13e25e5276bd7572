import { FunctionReferenceError, SerializationError } from '../base/errors.ts';
import type { AnyFunction } from '../references/any_function.ts';
import { isFunctionReference } from '../references/reference.ts';
import { nameOf } from '../references/source_text.ts';
import { isForeign } from './foreign.ts';
import { INSTANCE, LIBRARY_OBJECT, REDUCED, REDUCED_NATIVE, SUBCLASS } from './format.ts';
import { functionCodec } from './hooks.ts';
import { REDUCED_VALUE } from './paths.ts';
import { isNativeFunction, type ObjectKind, type Reducer } from './registry.ts';
import type { Encoder, ValueWriter } from './value_writer.ts';

/** Instances of the application's classes, of subclasses of built-in ones, of classes with a reducer, and this library's objects. */

export function instanceEncoder(classOf: AnyFunction): Encoder {
  return (writer, object) => {
    if (isNodes(classOf)) {
      writer.refuse(
        `${nameOf(classOf)} is a class of Node.js itself, and what its objects stand for stays in this process: ` +
          'send the data that the other side needs, or give the class a form with registerReducer',
      );
    }
    writer.byte(INSTANCE);
    classReference(writer, classOf);
    writer.fields(object, Object.keys(object));
  };
}

/** Whether the class comes from Node's own modules: fields and prototype of a Blob, a stream or an emitter are not the object. */
function isNodes(classOf: AnyFunction): boolean {
  try {
    const reference = functionCodec()?.describe(classOf);
    return isFunctionReference(reference) && reference.form === 'builtin';
  } catch {
    // That it cannot be referenced is reported where the reference is written.
    return false;
  }
}

/** `content` writes the object as its built-in class. */
export function subclassEncoder(classOf: AnyFunction, content: Encoder, fieldsOf: (object: object) => string[]): Encoder {
  return (writer, object) => {
    writer.byte(SUBCLASS);
    classReference(writer, classOf);
    content(writer, object);
    writer.fields(object, fieldsOf(object));
  };
}

export function reducerEncoder(reducer: Reducer): Encoder {
  const native = isNativeFunction(reducer.class);
  return (writer, object) => {
    const value = reducer.reduce(object);
    writer.byte(native ? REDUCED_NATIVE : REDUCED);
    if (native) writer.string(reducer.class.name);
    else classReference(writer, reducer.class);
    replacement(writer, object, value);
  };
}

export function kindEncoder(kind: ObjectKind): Encoder {
  return (writer, object) => {
    if (!kind.isPortable && isForeign(writer.context)) {
      writer.refuse(
        `it is a ${nameOf(object.constructor as AnyFunction)} of this session, which means nothing to a program at the other side of a socket: ` +
          'send it through a Pipe or a Queue, or have a manager serve it',
      );
    }
    const value = encoded(kind, writer, object);
    writer.byte(LIBRARY_OBJECT);
    writer.byte(kind.tag);
    replacement(writer, object, value);
  };
}

/** What a kind refuses does not know where it stands. */
function encoded(kind: ObjectKind, writer: ValueWriter, object: object): unknown {
  try {
    return kind.encode(object, writer.context);
  } catch (error) {
    if (!(error instanceof SerializationError) || error.path !== '') throw error;
    return writer.refuse(error.message);
  }
}

function replacement(writer: ValueWriter, object: object, value: unknown): void {
  writer.at(undefined, REDUCED_VALUE);
  writer.withoutCycle(object, () => writer.complete(value));
}

/** A class that cannot be referenced is the instance's failure, and the path is the instance's. */
export function classReference(writer: ValueWriter, classOf: AnyFunction): void {
  try {
    writer.functionReference(classOf);
  } catch (error) {
    if (!(error instanceof SerializationError) || !(error.cause instanceof FunctionReferenceError)) throw error;
    writer.refuse(
      `its class ${classOf.name || '(anonymous)'} cannot be referenced: ${error.cause.message.replace(/\.$/, '')}. ` +
        'Export the class from a module, give it a form with registerReducer, or send a plain object',
      error.cause,
    );
  }
}
