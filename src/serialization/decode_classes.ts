import { SerializationError } from '../base/errors.ts';
import { ModuleNotLoaded } from '../references/module_not_loaded.ts';
import { isForeign } from './foreign.ts';
import { SUBCLASS } from './format.ts';
import { ALL_KINDS, kindOfTag, lacksKinds, reducerOfClass, reducerOfNative } from './registry.ts';
import type { ValueReader } from './value_reader.ts';

/** Instances of subclasses, of classes with a reducer, and this library's objects. (Plain instances: the reader itself.) */

export function readSubclass(reader: ValueReader, number: number): object {
  const { prototype } = reader.classReference();
  const tag = reader.byte();
  if (tag === SUBCLASS) reader.damaged('a class is inside a class');
  const object = reader.content(tag, number);
  reader.guarded('an object cannot get the prototype of its class', () => Object.setPrototypeOf(object, prototype));
  reader.fields(object);
  return object;
}

export function readReduced(reader: ValueReader, number: number): object {
  const classOf = reader.classReference();
  const reducer = reducerOfClass(classOf);
  const value = reader.complete();
  if (reducer === undefined)
    throw new SerializationError(
      `A ${classOf.name} was sent by its reducer, and this process has none; call registerReducer in the module that exports ${classOf.name}`,
    );
  return reader.known(number, rebuilt(classOf.name, reducer.rebuild(value)));
}

export function readReducedNative(reader: ValueReader, number: number): object {
  const name = reader.name();
  const value = reader.complete();
  const reducer = reducerOfNative(name);
  if (reducer === undefined)
    throw new SerializationError(
      `A ${name} was sent by a reducer, and this process has none; call registerReducer(${name}, ...) here too`,
    );
  return reader.known(number, rebuilt(name, reducer.rebuild(value)));
}

export function readLibraryObject(reader: ValueReader, number: number): object {
  const kind = kindOfTag(reader.byte());
  const value = reader.complete();
  if (kind === undefined) {
    if (lacksKinds()) throw new ModuleNotLoaded(ALL_KINDS, 'an object of this library', 'nothing imported it so far');
    return reader.damaged('it has an object of this library that is not loaded here');
  }
  if (!kind.isPortable && isForeign(reader.context))
    return reader.damaged(`it has a ${kind.class.name} in it, which only processes of one session send each other`);
  return reader.known(number, kind.decode(value, reader.context));
}

function rebuilt(name: string, object: unknown): object {
  if ((typeof object === 'object' && object !== null) || typeof object === 'function') return object;
  throw new SerializationError(`rebuild of ${name} returned ${String(object)}; it must return the instance`);
}
