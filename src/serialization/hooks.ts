/** Where functions by reference, and memory that both ends see, plug into the codec. */
import { type FunctionCodec, functionCodec as requiringCodec } from '../references/codec.ts';

/** Buffers that need not be copied, because the receiver sees the same memory. */
export interface BufferCodec {
  /** Whether `describe` would describe it: it changes nothing. */
  isShared(buffer: ArrayBufferLike, context: unknown): boolean;
  /** A small plain value that stands for `buffer`; undefined: copy it. Called for every buffer, so it should be one WeakMap look-up. */
  describe(buffer: ArrayBufferLike, context: unknown): unknown;
  /** The buffer. The description may come from hostile bytes. */
  resolve(description: unknown, context: unknown): ArrayBufferLike;
}

let functions: FunctionCodec | undefined = requiringCodec;
let buffers: BufferCodec | undefined;

export function setFunctionCodec(codec: FunctionCodec | undefined): void {
  functions = codec;
}

export function setBufferCodec(codec: BufferCodec | undefined): void {
  buffers = codec;
}

export function functionCodec(): FunctionCodec | undefined {
  return functions;
}

export function bufferCodec(): BufferCodec | undefined {
  return buffers;
}

/** What is sent in place of an object, as itself or inside a value; undefined = itself. Undefined as a whole nearly always. */
export let standIn: ((object: object) => object | undefined) | undefined;

/** For the encodings that follow. Returns what was there before. */
export function setStandIn(next: typeof standIn): typeof standIn {
  const before = standIn;
  standIn = next;
  return before;
}
