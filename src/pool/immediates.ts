/**
 * Immediate values, which most quick tasks give: numbers, true, false, undefined and null, in 8 bytes each. A number is its double; the others are NaNs that no
 * arithmetic makes, told apart by their low word. To encode one is a store of a double, to read thousands a loop over doubles.
 */

const floats = new Float64Array([Number.NaN]);
const words = new Int32Array(floats.buffer);
const LOW = words[0] === 0 ? 0 : 1;
const HIGH = 1 - LOW;
const NAN_HIGH = words[HIGH];
const OTHERS = [Number.NaN, undefined, null, true, false];

export const IMMEDIATE_BYTES = 8;

/** The last one that was encoded, in the order in which its words stand in memory. */
export const immediate: { readonly first: number; readonly second: number } = {
  get first() {
    return words[0];
  },
  get second() {
    return words[1];
  },
};

/** False = it is something else. Else its words are in `immediate`. */
export function encodeImmediate(value: unknown): boolean {
  if (typeof value === 'number' && !Number.isNaN(value)) {
    floats[0] = value;
    return true;
  }
  const code = typeof value === 'number' ? 0 : OTHERS.indexOf(value as undefined);
  if (code < 0) return false;
  words[HIGH] = NAN_HIGH;
  words[LOW] = code;
  return true;
}

/** A list of them, read. */
export class Immediates {
  length = 0;
  #floats = new Float64Array(0);
  #words = new Int32Array(0);

  /** Copies them out of a message, in place of those that were here. */
  read(bytes: Uint8Array): this {
    this.length = Math.floor(bytes.length / IMMEDIATE_BYTES);
    if (this.#floats.length < this.length) {
      this.#floats = new Float64Array(this.length);
      this.#words = new Int32Array(this.#floats.buffer);
    }
    new Uint8Array(this.#floats.buffer).set(bytes.subarray(0, this.length * IMMEDIATE_BYTES));
    return this;
  }

  at(index: number): unknown {
    const value = this.#floats[index];
    return Number.isNaN(value) ? OTHERS[this.#words[2 * index + LOW]] : value;
  }

  /** Copies those from `from` to `to` into a list, from `index` on. */
  copyTo(list: unknown[], index: number, from: number, to: number): void {
    const numbers = this.#floats;
    for (let i = from; i < to; i++) {
      const value = numbers[i];
      list[index++] = Number.isNaN(value) ? OTHERS[this.#words[2 * i + LOW]] : value;
    }
  }
}
