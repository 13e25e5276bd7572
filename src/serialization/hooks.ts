/** Where other layers plug in: functions by reference (the layer `references`) and memory that both ends see (the layer `memory`). */

/** A function or a class; no call signature covers both. */
// biome-ignore lint/complexity/noBannedTypes: that is what this one name is for
export type AnyFunction = Function;

/** Functions and classes as small descriptions. */
export interface FunctionCodec {
  /** A small plain value that stands for `fn`. Throws FunctionReferenceError when `fn` has no place in a module. */
  describe(fn: AnyFunction): unknown;
  /**
   * The function. The description may come from hostile bytes. Throws `ModuleNotLoaded` when only an async import can bring
   * it: import `url` and decode again. Any other error reaches the caller of `decode` as it is.
   */
  resolve(description: unknown): AnyFunction;
}

/** Buffers that need not be copied, because the receiver sees the same memory. */
export interface BufferCodec {
  /** A small plain value that stands for `buffer`; undefined: copy it. Called for every buffer, so it should be one WeakMap look-up. */
  describe(buffer: ArrayBufferLike, context: unknown): unknown;
  /** The buffer. The description may come from hostile bytes. */
  resolve(description: unknown, context: unknown): ArrayBufferLike;
}

/** Thrown by `decode`: a function's module is not loaded here. Import `url`, then decode the same bytes again. */
export class ModuleNotLoaded extends Error {
  readonly url: string;
  constructor(url: string, options?: { cause?: unknown }) {
    super(`The module ${url} is not loaded here, and loading it needs an asynchronous import`, options);
    this.url = url;
  }
}

let functions: FunctionCodec | undefined;
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
