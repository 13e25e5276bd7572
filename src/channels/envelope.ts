/** Values to messages and back. */
import { session } from '../memory/session.ts';
import { decode, encode } from '../serialization/codec.ts';
import { needsWait, readImporting } from '../serialization/importing.ts';
import '../serialization/shared_buffers.ts';
import type { Passengers } from '../serialization/shared_objects.ts';
import { type Message, Outgoing, releaseMessage } from './message.ts';
import { borrow, giveBack } from './scratch.ts';

const packing: Passengers = { passengers: [] };
let packs = 0;

/** A message with a value. Its bytes are scratch space: publish or `keep` it before anything else is encoded. Throws SerializationError. */
export function pack(value: unknown): Outgoing {
  // What a getter of the value sends meanwhile takes a context of its own.
  const context = packs++ === 0 ? packing : { passengers: [] };
  try {
    const bytes = encode(value, context);
    return context.passengers.length === 0 ? new Outgoing(bytes) : new Outgoing(bytes, context.passengers.slice());
  } finally {
    // Setting a length costs 15 ns, also where it is that already.
    if (context.passengers.length !== 0) context.passengers.length = 0;
    packs--;
  }
}

/** The context of `decode` here. */
export interface Unpacking {
  /** What was opened for the value, to be closed again if decoding fails: a later try opens anew. */
  readonly opened: { close(): void }[];
}

const unpacking: Unpacking = { opened: [] };
let unpacks = 0;

/** The value of a message, which is released: except where something has to be waited for first (see `needsWait`). */
export function unpack(message: Message): unknown {
  // What decoding runs may receive something itself.
  const context: Unpacking = unpacks++ === 0 ? unpacking : { opened: [] };
  borrow();
  try {
    const value = decode(message.bytes, context);
    release(message);
    return value;
  } catch (error) {
    for (const opened of context.opened) opened.close();
    if (!needsWait(error)) release(message);
    throw error;
  } finally {
    giveBack();
    if (context.opened.length !== 0) context.opened.length = 0;
    unpacks--;
  }
}

function release(message: Message): void {
  if (message.block !== 0 || message.passengers.length !== 0) releaseMessage(session(), message);
}

/** The value of a message with bytes of its own, after importing, or fetching, what it needs. When that fails, its error rejects and the message is dropped. */
export async function unpackImporting(message: Message): Promise<unknown> {
  let isHeld = true;
  try {
    return await readImporting(() => {
      try {
        const value = unpack(message);
        isHeld = false;
        return value;
      } catch (error) {
        isHeld = needsWait(error);
        throw error;
      }
    });
  } finally {
    if (isHeld) release(message);
  }
}
