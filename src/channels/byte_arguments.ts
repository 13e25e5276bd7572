/** Checks of the arguments of `sendBytes`, `recvBytes` and `recvBytesInto`. */
import { types } from 'node:util';
import { argumentRangeError, argumentTypeError } from '../base/errors.ts';

export interface SendBytesOptions {
  /** First byte to send. */
  offset?: number;
  /** Number of bytes to send; to the end if missing. */
  size?: number;
}

/** The bytes of a buffer or view from `offset` on, `size` of them. Throws TypeError, RangeError. */
export function checkWindow(view: ArrayBufferView | ArrayBufferLike, options: SendBytesOptions | undefined): Uint8Array {
  const bytes = viewOf(view);
  if (options === undefined) return bytes;
  const { offset = 0, size } = options;
  checkCount('offset', offset);
  if (offset > bytes.length) throw argumentRangeError(`offset ${offset} lies beyond the ${bytes.length} bytes of the buffer`);
  if (size === undefined) return offset === 0 ? bytes : bytes.subarray(offset);
  checkCount('size', size);
  if (offset + size > bytes.length)
    throw argumentRangeError(`offset ${offset} + size ${size} lies beyond the ${bytes.length} bytes of the buffer`);
  return bytes.subarray(offset, offset + size);
}

export function checkMaxLength(options: { maxLength?: number } | undefined): void {
  if (options?.maxLength !== undefined) checkCount('maxLength', options.maxLength);
}

function viewOf(view: ArrayBufferView | ArrayBufferLike): Uint8Array {
  if (view instanceof Uint8Array) return view;
  if (ArrayBuffer.isView(view)) return new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
  if (types.isAnyArrayBuffer(view)) return new Uint8Array(view);
  throw argumentTypeError(`bytes must be a Buffer, a typed array, a DataView or an ArrayBuffer, not ${typeof view}`);
}

function checkCount(name: string, value: unknown): void {
  if (typeof value !== 'number') throw argumentTypeError(`${name} must be a number of bytes, not ${typeof value}`);
  if (!(Number.isInteger(value) && value >= 0))
    throw argumentRangeError(`${name} must be a whole number of bytes, 0 or more, not ${value}`);
}
