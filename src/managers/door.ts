/**
 * A manager's address within its session: the queue into which a client puts an end of a new pipe, and the participant that takes it out.
 * Who belongs to the session may come in: its memory cannot be reached by anybody else, so there is no key.
 */

import { SerializationError } from '../base/errors.ts';
import type { PipeConnection } from '../channels/pipe_connection.ts';
import { Queue } from '../channels/queue.ts';
import type { OwnerWord } from '../memory/participants.ts';
import { session } from '../memory/session.ts';
import { libraryFunction } from '../references/library_function.ts';
import { Rebuilt, rebuiltFrom, registerRebuilder } from '../serialization/rebuilt.ts';

/** One for each queue and thread. */
const doors = new WeakMap<Queue<any>, Door>();

export class Door extends Rebuilt {
  readonly queue: Queue<PipeConnection<any, any>>;
  /** The server's participant. */
  readonly server: OwnerWord;

  private constructor(queue: Queue<PipeConnection<any, any>>, server: OwnerWord) {
    super();
    this.queue = queue;
    this.server = server;
  }

  static of(queue: Queue<PipeConnection<any, any>>, server: OwnerWord): Door {
    const known = doors.get(queue);
    if (known !== undefined) return known;
    const door = new Door(queue, server);
    doors.set(queue, door);
    return door;
  }

  get isServed(): boolean {
    const here = session();
    return this.server === here.self || here.participants.isListed(this.server);
  }

  /** @internal */
  override [rebuiltFrom]() {
    return [REBUILD, [this.queue, this.server]] as const;
  }

  override toString(): string {
    return `<address of a manager in this session${this.isServed ? '' : ', which has ended'}>`;
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.toString();
  }
}

export function rebuildDoor(packed: unknown): Door {
  const [queue, server] = Array.isArray(packed) ? packed : [];
  if (!(queue instanceof Queue) || !Number.isInteger(server))
    throw new SerializationError('a message has the address of a manager in a form that is not ours');
  return Door.of(queue, server);
}

registerRebuilder(rebuildDoor as (packed: unknown) => object);
const REBUILD = libraryFunction(rebuildDoor, 'rebuildDoor', './manager_parts.js', import.meta.url);
