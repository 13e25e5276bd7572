/** Text of fixed length: bytes (`char`) and wide characters (`wchar`). */
import { argumentRangeError } from '../base/errors.ts';
import { checkCount } from './counts.ts';
import { wideText } from './scalars.ts';
import { Type, wrongType } from './type.ts';
import type { CharType, WcharType } from './type_names.ts';

/**
 * `n` bytes of text, C's `char[n]`: a field of it reads as a string up to the first NUL, and takes a string (as UTF-8) or bytes.
 * Bytes that are no text are there with `raw(object, 'field')`. Throws TypeError and RangeError when `n` is no size.
 */
export function char<N extends number>(n: N): CharType<N> {
  return charType(checkCount('char(n)', n)) as unknown as CharType<N>;
}

/** `n` wide characters of 4 bytes, C's `wchar_t[n]` on Linux: as `char`, but a character takes one place, whatever it is. */
export function wchar<N extends number>(n: N): WcharType<N> {
  return wcharType(checkCount('wchar(n)', n)) as unknown as WcharType<N>;
}

export function charType(length: number): Type {
  const name = `c_char_Array_${length}`;
  return new Type({
    kind: 'char',
    name,
    description: ['char', length],
    size: length,
    alignment: 1,
    length,
    read(memory, offset) {
      const end = memory.u8.subarray(offset, offset + length).indexOf(0);
      return Buffer.from(memory.buffer, offset, end < 0 ? length : end).toString();
    },
    write(memory, offset, value) {
      const bytes = textBytes(name, length, value);
      memory.u8.set(bytes, offset);
      memory.u8.fill(0, offset + bytes.length, offset + length);
    },
  });
}

/** The bytes of a text that has to fit. */
export function textBytes(name: string, length: number, value: unknown): Uint8Array {
  if (typeof value !== 'string' && !(value instanceof Uint8Array)) throw wrongType(name, 'a string or bytes', value);
  const bytes = typeof value === 'string' ? Buffer.from(value) : value;
  if (bytes.length > length)
    throw argumentRangeError(
      `${name} holds ${length} bytes, and this ${typeof value === 'string' ? 'text' : 'value'} has ${bytes.length}`,
    );
  return bytes;
}

export function wcharType(length: number): Type {
  const name = `c_wchar_Array_${length}`;
  return new Type({
    kind: 'wchar',
    name,
    description: ['wchar', length],
    size: length * 4,
    alignment: 4,
    length,
    read(memory, offset) {
      const start = offset >>> 2;
      let text = '';
      for (let i = start; i < start + length && memory.u32[i] !== 0; i++) text += wideText(memory.u32[i]);
      return text;
    },
    write(memory, offset, value) {
      if (typeof value !== 'string') throw wrongType(name, 'a string', value);
      const codes = Array.from(value, (character) => character.codePointAt(0)!);
      if (codes.length > length)
        throw argumentRangeError(`${name} holds ${length} characters, and this text has ${codes.length}`);
      memory.u32.set(codes, offset >>> 2);
      memory.u32.fill(0, (offset >>> 2) + codes.length, (offset >>> 2) + length);
    },
  });
}
