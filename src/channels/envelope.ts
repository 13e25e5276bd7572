/** Values to messages and back. */
import { FunctionReferenceError } from '../base/errors.ts';
import { session } from '../memory/session.ts';
import { decode, encode } from '../serialization/codec.ts';
import type { Passengers } from '../serialization/shared_objects.ts';
import { type Message, Outgoing, releaseMessage } from './message.ts';
import { borrow, giveBack } from './scratch.ts';

let context: Passengers = { passengers: [] };

/** A message with a value. Its bytes are scratch space: publish or `keep` it before anything else is encoded. Throws SerializationError. */
export function pack(value: unknown): Outgoing {
  // What a getter of the value sends meanwhile takes a context of its own.
  const mine = context;
  context = { passengers: [] };
  try {
    const bytes = encode(value, mine);
    if (mine.passengers.length === 0) {
      context = mine;
      return new Outgoing(bytes);
    }
    return new Outgoing(bytes, mine.passengers);
  } catch (error) {
    mine.passengers.length = 0;
    throw error;
  }
}

/** The value of a message, which is released: except where a function's module has to be imported first (see `missingModule`). */
export function unpack(message: Message): unknown {
  borrow();
  try {
    const value = decode(message.bytes);
    release(message);
    return value;
  } catch (error) {
    if (missingModule(error) === undefined) release(message);
    throw error;
  } finally {
    giveBack();
  }
}

function release(message: Message): void {
  if (message.block !== 0 || message.passengers.length !== 0) releaseMessage(session(), message);
}

/** The module that has to be imported before the message can be decoded. */
export function missingModule(error: unknown): string | undefined {
  const url = error instanceof Error ? (error as { url?: unknown }).url : undefined;
  const isOurs = error instanceof FunctionReferenceError || (error as Error | undefined)?.constructor.name === 'ModuleNotLoaded';
  return isOurs && typeof url === 'string' ? url : undefined;
}

let loader = (url: string): Promise<unknown> => import(url);

/** How a module is imported for a function that came in a message. */
export function setModuleLoader(load: (url: string) => Promise<unknown>): void {
  loader = load;
}

/** The value of a message with bytes of its own, after importing what it needs. When an import fails, its error rejects and the message is dropped. */
export async function unpackImporting(message: Message): Promise<unknown> {
  for (let last: string | undefined; ; ) {
    try {
      return unpack(message);
    } catch (error) {
      const url = missingModule(error);
      if (url === undefined) throw error;
      // Imported, and still missing: another try would be another one like it.
      if (url === last) {
        release(message);
        throw error;
      }
      last = url;
    }
    try {
      await loader(last);
    } catch (error) {
      release(message);
      throw error;
    }
  }
}
