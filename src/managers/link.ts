/** A connection between a client and a server of a manager, whatever carries it. */
import { argumentTypeError, SerializationError } from '../base/errors.ts';
import { brief } from '../pool/brief.ts';
import type { Reader } from '../serialization/reader.ts';
import type { Writer } from '../serialization/writer.ts';
import { type ReplyStatus, Request, type RequestKind } from './protocol.ts';

export interface Link {
  /** Sends as soon as there is room, in the order of the calls. Throws SerializationError when a value cannot be sent: nothing was then. */
  request(kind: RequestKind, id: number, target: number, name: string, args: readonly unknown[]): void;
  reply(id: number, status: ReplyStatus, value: unknown): void;
  /** The other side hears that it ended. A second call does nothing. */
  close(): void;
  readonly isOpen: boolean;
  /** Whether the event loop has to wait for what comes. */
  keepAlive(isNeeded: boolean): void;
}

/** A link within one session: it can also be waited for by a thread that blocks. */
export interface BlockingLink extends Link {
  /** Blocks until `isDone`, taking in whatever comes. False = `timeout` ms have passed. Throws what `take` throws. */
  waitSync(isDone: () => boolean, timeout: number): boolean;
}

/** A server, which gets the referents themselves where a message has proxies of them. */
export interface Home {
  /** undefined = it is not one of this server's. */
  comeHome(door: object, id: number): { readonly referent: unknown } | undefined;
  /** The same for a proxy that came through an address. Throws SerializationError when it is this server's, and the object is gone. */
  comeHomeFromAbroad(identity: string, id: number): { readonly referent: unknown } | undefined;
}

/** The context in which a message is decoded. */
export interface HomeContext {
  readonly home?: Home;
}

/**
 * The side that hears. `read` may be called again for the same message, after an import; then `take` gets what it returned. `failure`: why the import
 * failed, and with it what the message carries.
 */
export interface Listener<T> {
  readonly home?: Home;
  /** Whether something is to come. */
  readonly isExpecting: boolean;
  /** Of a client: whether it is one or two. */
  readonly isEager: boolean;
  /** Whether promises are to run until what was taken has done its work. */
  readonly isPassedOn: boolean;
  read(reader: Reader, failure?: unknown): T;
  take(message: T): void;
  /** Nothing comes any more. `cause`: nothing ever did, because of that. */
  ended(cause?: unknown): void;
}

export function writeRequest(
  writer: Writer,
  kind: RequestKind,
  id: number,
  target: number,
  name: string,
  args: readonly unknown[],
): void {
  if (typeof name !== 'string') throw argumentTypeError(`methods and typeids are named by strings, not by ${brief(name)}`);
  // What is no object needs none of what `write` prepares.
  writer.number(kind);
  writer.number(id);
  writer.number(target);
  // Sent for each item of a queue: no more than it needs.
  if (kind === Request.TOOK) {
    for (const ticket of args) writer.number(ticket as number);
    return;
  }
  writer.string(name);
  writer.write(args, 'args');
}

export function writeReply(writer: Writer, id: number, status: ReplyStatus, value: unknown): void {
  writer.number(id);
  writer.number(status);
  writer.write(value, 'result');
}

/** A whole number of a message, which may come from anybody. */
export function readInteger(reader: Reader): number {
  const value = reader.number();
  if (Number.isSafeInteger(value)) return value;
  throw new SerializationError('a message to or from a manager has something else where a number belongs');
}
