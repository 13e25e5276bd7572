import { Reader } from './reader.ts';
import { Writer } from './writer.ts';

/** One value to bytes and back, with scratch space that all calls of this thread share. */

/** A writer for calls made while the shared one is busy: rare, so it starts small. */
const NESTED_SIZE = 1024;

const sharedWriter = new Writer();
const sharedReader = new Reader();

/**
 * Bytes of a message with this one value: a view of scratch space, valid until the next `encode` of this thread.
 *
 * `context` reaches the `encode` of this library's objects; `root` names the value in error messages. Throws
 * SerializationError, with the path of what cannot be sent; what a getter or a reducer throws goes on as it is.
 */
export function encode(value: unknown, context?: unknown, root?: string): Uint8Array {
  const writer = sharedWriter.busy ? new Writer(NESTED_SIZE) : sharedWriter;
  writer.begin(context, root);
  writer.write(value);
  return writer.finish();
}

/**
 * The value of a message that `encode` made. Copies everything: the bytes may change or vanish afterwards, and may even be
 * scribbled on meanwhile.
 *
 * Throws SerializationError when the bytes are no such message, and ModuleNotLoaded when a function in it needs an import first.
 */
export function decode(bytes: Uint8Array, context?: unknown): unknown {
  const reader = sharedReader.busy ? new Reader() : sharedReader;
  try {
    reader.open(bytes, context);
    const value = reader.read();
    if (reader.more) reader.damaged('something follows its value');
    return value;
  } finally {
    reader.close();
  }
}
