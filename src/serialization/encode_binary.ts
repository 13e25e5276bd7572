import { ARRAY_BUFFER, BUFFER, RESIZABLE_BUFFER, SHARED_BUFFER, VIEW, VIEW_BUFFER, VIEW_CLASSES } from './format.ts';
import { bufferCodec } from './hooks.ts';
import type { ValueWriter } from './value_writer.ts';

/**
 * Buffers and views. A view sends its whole buffer, and two views of one buffer arrive as two views of one buffer, as with
 * structuredClone; except that a Node Buffer sends its own bytes only, for it is often a slice of an 8 KiB pool.
 */

const TypedArrayPrototype = Object.getPrototypeOf(Uint8Array.prototype);
const tagOf: (this: unknown) => string | undefined = Object.getOwnPropertyDescriptor(TypedArrayPrototype, Symbol.toStringTag)!
  .get!;
const viewKinds = new Map(VIEW_CLASSES.map((viewClass, kind) => [viewClass?.name, kind]));
const DATA_VIEW = 0;

export function writeArrayBuffer(writer: ValueWriter, buffer: ArrayBuffer): void {
  if (writeShared(writer, buffer)) return;
  const bytes = bytesOf(writer, buffer);
  if (buffer.resizable) {
    writer.byte(RESIZABLE_BUFFER);
    writer.varint(bytes.byteLength);
    writer.varint(buffer.maxByteLength);
  } else {
    writer.byte(ARRAY_BUFFER);
    writer.varint(bytes.byteLength);
  }
  writer.raw(bytes);
}

export function writeSharedArrayBuffer(writer: ValueWriter, buffer: SharedArrayBuffer): void {
  if (!writeShared(writer, buffer))
    writer.refuse('a SharedArrayBuffer is shared by threads of one process only; use RawArray, SharedArray or SharedMemory');
}

export function writeBuffer(writer: ValueWriter, view: Buffer): void {
  if (bufferCodec()?.isShared(view.buffer, writer.context)) {
    writeView(writer, view, VIEW_BUFFER, 1);
    return;
  }
  writer.byte(BUFFER);
  writer.varint(view.byteLength);
  writer.raw(view);
}

export function writeTypedArray(writer: ValueWriter, view: Uint8Array): void {
  const kind = viewKinds.get(tagOf.call(view)!);
  if (kind === undefined) writer.refuse(`this version of the library does not know ${tagOf.call(view)}`);
  writeView(writer, view, kind, view.BYTES_PER_ELEMENT);
}

export function writeDataView(writer: ValueWriter, view: DataView): void {
  writeView(writer, view, DATA_VIEW, 1);
}

function writeView(writer: ValueWriter, view: ArrayBufferView, kind: number, elementSize: number): void {
  // A DataView throws here when its buffer is detached or shrank below it.
  let length: number;
  let offset: number;
  try {
    length = view.byteLength / elementSize;
    offset = view.byteOffset;
  } catch (error) {
    writer.refuse('its ArrayBuffer was detached or made smaller; send the buffer that has the bytes now', error);
  }
  writer.byte(VIEW);
  writer.byte(kind);
  writer.varint(offset);
  writer.varint(followsLength(view, elementSize) ? 0 : length + 1);
  writer.at('buffer');
  writer.value(view.buffer);
}

/** Whether the length of a view follows that of its resizable buffer. Nothing says so; resizing the buffer for a moment shows it. */
function followsLength(view: ArrayBufferView, elementSize: number): boolean {
  const buffer = view.buffer as ArrayBuffer;
  if (!(buffer instanceof ArrayBuffer) || !buffer.resizable) return false;
  const size = buffer.byteLength;
  const length = view.byteLength;
  if (view.byteOffset + length + elementSize <= size) return false;
  if (size + elementSize <= buffer.maxByteLength) {
    buffer.resize(size + elementSize);
    const follows = view.byteLength !== length;
    buffer.resize(size);
    return follows;
  }
  if (length === 0) return false;
  const last = new Uint8Array(buffer).slice(size - elementSize);
  buffer.resize(size - elementSize);
  // A view of fixed length is out of bounds now, and shows length 0 or, a DataView, throws.
  const follows = !isOutOfBounds(view);
  buffer.resize(size);
  new Uint8Array(buffer).set(last, size - elementSize);
  return follows;
}

function isOutOfBounds(view: ArrayBufferView): boolean {
  try {
    const { byteLength, byteOffset } = view;
    if (byteLength > 0) return false;
    // Length 0 at the very end is in bounds; an array that is out of bounds has offset 0 too.
    return byteOffset !== (view.buffer as ArrayBuffer).byteLength;
  } catch {
    return true;
  }
}

function writeShared(writer: ValueWriter, buffer: ArrayBufferLike): boolean {
  const description = bufferCodec()?.describe(buffer, writer.context);
  if (description === undefined) return false;
  writer.byte(SHARED_BUFFER);
  writer.complete(description);
  return true;
}

function bytesOf(writer: ValueWriter, buffer: ArrayBuffer): Uint8Array {
  try {
    return new Uint8Array(buffer);
  } catch (error) {
    return writer.refuse('this ArrayBuffer was detached (transferred); send the buffer that has the bytes now', error);
  }
}
