import { types } from 'node:util';
import { freshBytes } from '../platform/fresh_bytes.ts';
import { ModuleNotLoaded } from '../references/module_not_loaded.ts';
import { isForeign } from './foreign.ts';
import { VIEW_BUFFER, VIEW_CLASSES } from './format.ts';
import { bufferCodec } from './hooks.ts';
import { ALL_KINDS, lacksKinds } from './registry.ts';
import type { ValueReader } from './value_reader.ts';

/** Buffers and views, each in memory of its own or in memory that both ends see. */

const { isArrayBuffer, isSharedArrayBuffer } = types;

export function readArrayBuffer(reader: ValueReader, number: number): ArrayBuffer {
  return reader.known(number, reader.copy(reader.count()));
}

export function readResizableBuffer(reader: ValueReader, number: number): ArrayBuffer {
  const size = reader.varint();
  const maxByteLength = reader.varint();
  const start = reader.skip(size);
  // This reserves addresses, not memory; what the kernel refuses is a RangeError.
  const buffer = reader.guarded('an ArrayBuffer cannot become so large', () => new ArrayBuffer(size, { maxByteLength }));
  new Uint8Array(buffer).set(reader.bytes.subarray(start, start + size));
  return reader.known(number, buffer);
}

export function readSharedBuffer(reader: ValueReader, number: number): object {
  const description = reader.complete();
  if (isForeign(reader.context))
    return reader.damaged('it has shared memory in it, which only processes of one session send each other');
  const codec = bufferCodec();
  if (codec === undefined && lacksKinds()) throw new ModuleNotLoaded(ALL_KINDS, 'shared memory', 'nothing imported it so far');
  if (codec === undefined) return reader.damaged('it refers to shared memory, and this program has no codec for buffers');
  return reader.known(number, codec.resolve(description, reader.context));
}

export function readBuffer(reader: ValueReader, number: number): Buffer {
  const size = reader.count();
  const start = reader.skip(size);
  const buffer = freshBytes(size);
  buffer.set(reader.bytes.subarray(start, start + size));
  return reader.known(number, buffer);
}

export function readView(reader: ValueReader, number: number): ArrayBufferView {
  const kind = reader.byte();
  const offset = reader.varint();
  const lengthPlusOne = reader.varint();
  const buffer = reader.value() as ArrayBuffer;
  if (!isArrayBuffer(buffer) && !isSharedArrayBuffer(buffer)) return reader.damaged('a view has no buffer');
  const length = lengthPlusOne === 0 ? undefined : lengthPlusOne - 1;
  const view = reader.guarded('a view does not fit its buffer', () => makeView(kind, buffer, offset, length));
  return view === undefined ? reader.damaged(`this Node has no class for views of kind ${kind}`) : reader.known(number, view);
}

function makeView(kind: number, buffer: ArrayBuffer, offset: number, length: number | undefined): ArrayBufferView | undefined {
  if (kind === VIEW_BUFFER) return Buffer.from(buffer, offset, length);
  const viewClass = VIEW_CLASSES[kind];
  return viewClass ? new viewClass(buffer, offset, length) : undefined;
}
