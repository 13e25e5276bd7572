/**
 * Objects that all tasks of a pool have in common (`shared`): encoded once, when the pool is made, decoded once in each worker, before its initialiser runs.
 * In tasks they have the first numbers on both sides, so that wherever one of them occurs only its number travels.
 */
import { argumentTypeError, SerializationError } from '../base/errors.ts';
import type { Passenger } from '../memory/object_kinds.ts';
import { session } from '../memory/session.ts';
import { Reader } from '../serialization/reader.ts';
import { registerObjectKind } from '../serialization/registry.ts';
import type { Passengers } from '../serialization/shared_objects.ts';
import { Writer } from '../serialization/writer.ts';

/** Enough for most: it grows. */
const WRITER_SIZE = 16 * 1024;

export class SharedArguments {
  readonly objects: readonly object[];
  /** For tasks that may name them. */
  readonly writer: Writer;
  readonly #bytes: Buffer;
  readonly #passengers: readonly Passenger[];

  /** Throws SerializationError, with the path from `shared` on. */
  constructor(objects: readonly object[]) {
    this.objects = [...objects];
    this.writer = this.newWriter();
    const passengers: Passenger[] = [];
    const writer = new Writer(WRITER_SIZE);
    writer.begin({ passengers });
    writer.write(this.objects, 'shared');
    this.#bytes = Buffer.from(writer.finish());
    this.#passengers = passengers;
    // Locks, queues and the like that they name live as long as workers may be started.
    session().holds.retainAll(passengers);
  }

  newWriter(): Writer {
    return new Writer(WRITER_SIZE, this.objects);
  }

  /** No more workers will be started. */
  release(): void {
    session().holds.dropAll(this.#passengers);
  }

  /** As it travels to a worker. */
  get sent(): SharedSnapshot {
    return new SharedSnapshot(this.#bytes, this.#passengers, this.objects);
  }
}

/** Bytes on their way to a worker; the objects when they are there. */
export class SharedSnapshot {
  readonly bytes: Buffer;
  readonly passengers: readonly Passenger[];
  readonly objects: readonly object[];

  constructor(bytes: Buffer, passengers: readonly Passenger[], objects: readonly object[]) {
    this.bytes = bytes;
    this.passengers = passengers;
    this.objects = objects;
  }
}

registerObjectKind<SharedSnapshot>({
  tag: 19,
  class: SharedSnapshot,
  encode: ({ bytes, passengers }, context) => {
    (context as Passengers).passengers.push(...passengers);
    return bytes;
  },
  decode: (bytes) => {
    if (!(bytes instanceof Uint8Array))
      throw new SerializationError('a message has the shared arguments of a pool in a form that is not ours');
    const reader = new Reader();
    reader.open(bytes as Buffer);
    return new SharedSnapshot(bytes as Buffer, [], reader.read() as object[]);
  },
});

export function checkShared(shared: unknown): void {
  if (shared === undefined) return;
  if (!Array.isArray(shared)) throw argumentTypeError(`shared must be an array of objects, not ${typeof shared}`);
  for (const [i, object] of shared.entries()) {
    if (typeof object === 'object' && object !== null) continue;
    const kind = object === null ? 'null' : typeof object;
    throw argumentTypeError(`shared[${i}] must be an object, not ${kind}: only objects are told apart from others like them`);
  }
}
