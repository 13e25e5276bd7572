/**
 * Memory that users see: an ArrayBuffer over exactly the bytes of one block. Each process has its own view of the same memory.
 *
 * Never a window on a segment: `buffer.slice`, `structuredClone` or a look at `array.buffer` would reach everybody's memory, and a transfer would detach the arena.
 * The hold hangs on the ArrayBuffer, not on the array that was handed out: a `subarray` may outlive that.
 *
 * Crash: a block is published with one store, and what users write into it is theirs to order.
 */
import { SharedMemoryError } from '../base/errors.ts';
import { addInstance, forgetInstance, instanceOf } from './instances.ts';
import { type ObjectKind, type ObjectReference, registerObjectKind } from './object_kinds.ts';
import { session } from './session.ts';
import { keepInPlace } from './untransferable.ts';

const kind: ObjectKind = { code: 5, name: 'shared memory' };
registerObjectKind(kind);

/** More cannot be seen through one ArrayBuffer on every version of Node. */
const MAX_BYTES = 2 ** 31;

const references = new WeakMap<ArrayBufferLike, ObjectReference>();

/** New zeroed memory. `bytes` may be 0. Throws SharedMemoryError when the session's memory is used up. */
export function createSharedBuffer(bytes: number): ArrayBuffer {
  if (bytes > MAX_BYTES)
    throw new SharedMemoryError(
      `${bytes} bytes of shared memory were asked for; one buffer holds up to ${MAX_BYTES}: use several`,
    );
  const { heap, objects } = session();
  const unit = heap.allocate(bytes, true);
  const reference = objects.publish(kind, unit);
  return addInstance(session(), view(unit, reference), reference);
}

/** This thread's view of memory that a reference names. Throws SharedMemoryError when it is gone. */
export function sharedBufferFrom(reference: ObjectReference): ArrayBuffer {
  return instanceOf(session(), reference, kind, (unit) => view(unit, reference));
}

/** The reference of a buffer that is shared memory. */
export function referenceOfBuffer(buffer: ArrayBufferLike): ObjectReference | undefined {
  return references.get(buffer);
}

/** Gives the memory back now, not when the buffer is collected. The caller makes sure that nobody touches the buffer any more. */
export function forgetSharedBuffer(buffer: ArrayBuffer): void {
  const reference = references.get(buffer);
  if (reference) forgetInstance(session(), buffer, reference);
}

function view(unit: number, reference: ObjectReference): ArrayBuffer {
  const buffer = session().heap.view(unit);
  keepInPlace(buffer);
  references.set(buffer, reference);
  return buffer;
}
