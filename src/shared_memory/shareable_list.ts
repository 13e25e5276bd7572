/** `ShareableList`: a list of fixed length in named shared memory, byte for byte as Python's. */
import { inspect } from 'node:util';
import { argumentRangeError, argumentTypeError } from '../base/errors.ts';
import { registerObjectKind } from '../serialization/registry.ts';
import { Format, ListLayout, listBytes, type PackedValue, packValue, type ShareableValue, writeList } from './list_layout.ts';
import { SharedMemory } from './shared_memory.ts';

/** What `ShareableList.create` takes beside the values. */
export interface ShareableListOptions {
  /** As for SharedMemory. */
  name?: string;
}

/** From `create` and the like: the constructor is not for users. */
let adopted: SharedMemory | undefined;

/**
 * A list of fixed length in shared memory, as `multiprocessing.shared_memory.ShareableList`: real Python reads and writes it, and we read and write Python's.
 *
 * Safe integers and bigints of 64 bits are Python's `int`, other numbers (-0 too) its `float`; a bigint comes back as a number where that is exact. Strings are
 * `str`, Uint8Arrays `bytes` (and come back as Buffers), null is `None`. A slot keeps the length it was made with. Texts and bytes lose NULs at their end.
 * Reading and writing one item is not atomic: use a Lock where several processes write.
 */
export class ShareableList implements Iterable<ShareableValue>, Disposable {
  /** The memory that the list is in: `list.shm.close()`, `list.shm.unlink()`. */
  readonly shm: SharedMemory;
  readonly #layout: ListLayout;

  private constructor() {
    if (!adopted)
      throw argumentTypeError(
        'ShareableList has no constructor: call ShareableList.create(values) or ShareableList.attach(name)',
      );
    this.shm = adopted;
    adopted = undefined;
    this.#layout = new ListLayout(this.shm.buf, this.shm.name);
  }

  /**
   * Makes a list of these values, in a block of its own, which the session owns. Throws TypeError and RangeError for values that it cannot hold,
   * else as `SharedMemory.create`.
   */
  static create(sequence: Iterable<ShareableValue> = [], options: ShareableListOptions = {}): ShareableList {
    const who = 'ShareableList.create';
    if (typeof (sequence as Iterable<unknown> | null)?.[Symbol.iterator] !== 'function')
      throw argumentTypeError(`${who}: the values must be iterable, such as an array`);
    if (typeof options !== 'object' || options === null)
      throw argumentTypeError(`${who}: the second argument must be an object, as in { name: 'mine' }`);
    const values =
      sequence instanceof ShareableList ? sequence.#packed() : Array.from(sequence, (value) => packValue(value, false, who));
    const shm = SharedMemory.filled({ name: options.name, size: listBytes(values, who) }, (memory) => writeList(memory, values));
    return ShareableList.#adopt(shm);
  }

  /** Attaches to an existing list. Throws as `SharedMemory.attach`, and SharedMemoryError when the memory holds no list. */
  static attach(name: string): ShareableList {
    return ShareableList.#adopt(SharedMemory.attach(name));
  }

  /** @internal The list in the very block that `[name, identity]` names. */
  static from(description: unknown): ShareableList {
    return ShareableList.#adopt(SharedMemory.from(description));
  }

  static #adopt(shm: SharedMemory): ShareableList {
    adopted = shm;
    return new ShareableList();
  }

  get length(): number {
    return this.#layout.length;
  }

  /** Python's `struct` format of all items, as in `8sdq`. */
  get format(): string {
    return Array.from({ length: this.length }, (_, i) => this.#format(i)).join('');
  }

  /** The item at `index`; negative ones count from the end. Throws RangeError, SharedMemoryError when the item is damaged. */
  get(index: number): ShareableValue {
    return this.#layout.read(this.shm.buf, this.#position(index, 'get'));
  }

  /**
   * Changes an item, and its type where need be; an item that is a float stays one for any number. Throws RangeError when there is no such item, when the
   * value does not fit its slot (in bytes of UTF-8), TypeError.
   */
  set(index: number, value: ShareableValue): void {
    const position = this.#position(index, 'set');
    const packed = packValue(value, typeof value === 'number' && this.#format(position) === Format.FLOAT, 'ShareableList.set');
    this.#layout.write(this.shm.buf, position, packed);
  }

  /** Where `value` stands first. Throws RangeError when it is not there, as Python does. */
  index(value: ShareableValue): number {
    for (let i = 0; i < this.length; i++) if (isSame(this.get(i), value)) return i;
    throw argumentRangeError(`ShareableList.index: ${inspect(value)} is not in this list`);
  }

  /** How often `value` is there. */
  count(value: ShareableValue): number {
    return this.toArray().filter((item) => isSame(item, value)).length;
  }

  toArray(): ShareableValue[] {
    return Array.from({ length: this.length }, (_, i) => this.get(i));
  }

  *[Symbol.iterator](): IterableIterator<ShareableValue> {
    for (let i = 0; i < this.length; i++) yield this.get(i);
  }

  /** Closes the memory; the list stays for others. */
  [Symbol.dispose](): void {
    this.shm.close();
  }

  /** Throws SharedMemoryClosedError after `shm.close()`. */
  toString(): string {
    return `ShareableList(${inspect(this.toArray(), { breakLength: Infinity, maxArrayLength: 100 })}, name='${this.shm.name}')`;
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    try {
      return this.toString();
    } catch {
      return `ShareableList(closed or damaged, name='${this.shm.name}')`;
    }
  }

  /** As a copy shall have them: floats that happen to be whole, and slots that are longer than their values. */
  #packed(): PackedValue[] {
    return this.toArray().map((value, i) => ({
      ...packValue(value, typeof value === 'number' && this.#format(i) === Format.FLOAT, 'ShareableList.create'),
      room: this.#layout.room(i),
    }));
  }

  #format(position: number): string {
    return this.#layout.format(this.shm.buf, position);
  }

  #position(index: number, who: string): number {
    if (typeof index !== 'number')
      throw argumentTypeError(`ShareableList.${who}: the index must be a number, not ${typeof index}`);
    const position = index < 0 ? index + this.length : index;
    if (!Number.isInteger(position) || position < 0 || position >= this.length)
      throw argumentRangeError(`ShareableList.${who}: there is no item ${index} in a list of ${this.length}`);
    return position;
  }
}

registerObjectKind<ShareableList>({
  tag: 17,
  class: ShareableList as unknown as abstract new () => ShareableList,
  encode: (list) => SharedMemory.describe(list.shm),
  decode: ShareableList.from,
});

/** Numbers by value, bytes by content. */
function isSame(item: ShareableValue, value: unknown): boolean {
  if (item instanceof Uint8Array) return value instanceof Uint8Array && Buffer.compare(item, value) === 0;
  return exact(item) === exact(value);
}

function exact(value: unknown): unknown {
  return typeof value === 'number' && Number.isInteger(value) ? BigInt(value) : value;
}
