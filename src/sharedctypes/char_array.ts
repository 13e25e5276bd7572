/** A run of `char`: a Buffer with the `value` and `raw` of CPython's char arrays. */
import { argumentRangeError } from '../base/errors.ts';
import { Memory } from './memory.ts';
import { charType, textBytes } from './texts.ts';
import { wrongType } from './type.ts';
import type { CharArray } from './type_names.ts';

/** Only its prototype is used: instances are Buffers that get it. */
export class CharBytes {
  get value(): string {
    const bytes = this as unknown as CharArray;
    return charType(bytes.length).read(Memory.of(bytes.buffer as ArrayBuffer), bytes.byteOffset);
  }

  set value(text: string | Uint8Array) {
    const bytes = this as unknown as CharArray;
    const content = textBytes(`c_char_Array_${bytes.length}`, bytes.length, text);
    bytes.set(content);
    bytes.fill(0, content.length);
  }

  get raw(): Buffer {
    const bytes = this as unknown as CharArray;
    return Buffer.from(bytes.buffer as ArrayBuffer, bytes.byteOffset, bytes.length);
  }

  set raw(content: Uint8Array) {
    setRaw(this as unknown as CharArray, content);
  }
}
// `map` and the like make their result with the constructor: a plain Buffer.
Reflect.deleteProperty(CharBytes.prototype, 'constructor');
Object.setPrototypeOf(CharBytes.prototype, Buffer.prototype);

export function charArray(memory: Memory, offset: number, length: number): CharArray {
  return Object.setPrototypeOf(Buffer.from(memory.buffer, offset, length), CharBytes.prototype);
}

export function setRaw(bytes: Uint8Array, content: unknown): void {
  if (!(content instanceof Uint8Array)) throw wrongType('raw', 'bytes (a Buffer or Uint8Array)', content);
  if (content.length > bytes.length)
    throw argumentRangeError(`raw holds ${bytes.length} bytes, and ${content.length} were given`);
  bytes.set(content);
}
