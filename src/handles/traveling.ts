/** How handles stand in a message: the parcel that has the descriptor, which form of object the receiver makes of it, and its options. */
import { SerializationError } from '../base/errors.ts';
import { session } from '../memory/session.ts';
import { isInsideError } from '../serialization/encode_errors.ts';
import { broughtValue, isPatient, NotHere } from '../serialization/patience.ts';
import { type ObjectKind, registerObjectKind, setKindLearner, travelsAs } from '../serialization/registry.ts';
import { type PackedReference, type Passengers, packReference, unpackReference } from '../serialization/shared_objects.ts';
import { Descriptor } from './descriptor.ts';
import { fetch, fetchSync } from './fetching.ts';
import { fileHandles } from './file_handles.ts';
import { type Form, refuse } from './forms.ts';
import { keeper } from './keeper.ts';
import { servers } from './servers.ts';
import { sockets } from './sockets.ts';

const descriptors: Form<Descriptor> = {
  is: (object) => object instanceof Descriptor,
  fdOf: (descriptor) => descriptor.fd,
  build(fd) {
    const value = Descriptor.ofReceived(fd);
    return { value, dismiss: () => value.close() };
  },
};

/** The place of a form in this list stands in the message. */
const forms: readonly Form<any>[] = [descriptors, servers, sockets, fileHandles];

type Packed = readonly [parcel: PackedReference, form: number, options: unknown];

interface Decoding {
  readonly opened?: { close(): void }[];
}

const kind: ObjectKind = {
  tag: 18,
  class: Descriptor,
  encode(handle: object, context: Passengers | undefined): Packed {
    if (!context?.passengers) refuse('it goes through a Pipe or a Queue, or as an argument of a Process or of a task');
    if (isInsideError()) refuse('it is a property of an error');
    const number = forms.findIndex((form) => form.is(handle));
    const { fdOf, optionsOf } = forms[number];
    const fd = fdOf(handle);
    return [packReference(keeper(session()).keep(fd, context.passengers), 0, context), number, optionsOf?.(handle)];
  },
  decode(packed, context: Decoding | undefined): object {
    const [parcel, form, options] = checkPacked(packed);
    const reference = unpackReference(parcel);
    const key = `${reference.index}:${reference.generation}`;
    const known = broughtValue(key);
    if (known !== undefined) return known;
    if (isPatient() || form.syncAdvice !== undefined) {
      const why = form.syncAdvice ?? 'a handle has to be fetched from the process that sent it';
      throw new NotHere(`${why}. The message is kept for the next try`, async (here) => {
        here.set(key, await form.build(await fetch(reference), options));
      });
    }
    const { value, dismiss } = built(form, fetchSync(reference), options);
    context?.opened?.push({ close: dismiss });
    return value;
  },
};

function built(form: Form<any>, fd: number, options: unknown) {
  const made = form.build(fd, options);
  if (made instanceof Promise) throw new Error('a form that needs time says so');
  return made;
}

function checkPacked(packed: unknown): readonly [parcel: unknown, form: Form<any>, options: unknown] {
  const form = Array.isArray(packed) && packed.length === 3 ? forms[packed[1]] : undefined;
  if (form === undefined) throw new SerializationError('a message names a handle in a form that is not ours');
  const [parcel, , options] = packed as unknown[];
  return [parcel, form, options];
}

registerObjectKind(kind);

let isLearned = false;

/** Node's own classes: known from the first time that an emitter of no other class is sent. */
setKindLearner((object) => {
  const isFile = fileHandles.is(object);
  if (!isFile && !(object instanceof process.getBuiltinModule('node:events').EventEmitter)) return false;
  if (isFile) travelsAs(Object.getPrototypeOf(object), kind);
  if (!isLearned) {
    const { Server, Socket } = process.getBuiltinModule('node:net');
    for (const { prototype } of [Server, Socket]) travelsAs(prototype, kind);
    isLearned = true;
  }
  return isFile || servers.is(object) || sockets.is(object);
});
