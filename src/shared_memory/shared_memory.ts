/** `SharedMemory`: a block of memory that programs find by its name, as in Python. */
import { argumentRangeError, argumentTypeError, SharedMemoryClosedError } from '../base/errors.ts';
import { registerObjectKind } from '../serialization/registry.ts';
import { type Block, createBlock, MAX_BYTES, openBlock, unlinkBlock } from './block.ts';
import { checkDescription, checkName } from './names.ts';
import { addViews } from './views.ts';

/** What `SharedMemory.create` takes. */
export interface SharedMemoryOptions {
  /** At most 255 bytes of UTF-8 (macOS: 30), without slash and NUL. Default: a short random one. */
  name?: string;
  /** Bytes, 1 to 2 GiB. */
  size: number;
}

/** From `create` and the like: the constructor is not for users. */
let adopted: Block | undefined;

/**
 * A block of POSIX shared memory, as `multiprocessing.shared_memory.SharedMemory`: the same names and bytes, so that Python and other programs
 * attach to ours, and we to theirs.
 *
 * The session of the program that made a block owns its name: it goes at `unlink()`, which anybody may call, or when the last process of that session has
 * ended. Attaching owns nothing. Memory goes when the name is gone and nobody has it mapped.
 *
 * It can be an argument of a process or a task and be sent through connections and queues: the receiver attaches by name.
 * So do typed arrays and Buffers over `buf`, without a copy.
 */
export class SharedMemory implements Disposable {
  readonly #name: string;
  readonly #size: number;
  readonly #identity: string;
  /** Undefined = closed. Views that users keep hold the memory themselves. */
  #buf: Buffer | undefined;

  private constructor() {
    if (!adopted)
      throw argumentTypeError('SharedMemory has no constructor: call SharedMemory.create({ size }) or SharedMemory.attach(name)');
    const block = adopted;
    const { name, identity, buffer } = block;
    adopted = undefined;
    this.#name = name;
    this.#identity = identity;
    this.#size = buffer.byteLength;
    this.#buf = Buffer.from(buffer);
    addViews(block);
  }

  /**
   * Makes a block of `size` zeroed bytes, for which memory is taken at once. (macOS rounds its size up to whole pages.)
   * Throws SharedMemoryExistsError when the name is taken, SharedMemoryError when there is not that much memory, TypeError, RangeError.
   */
  static create(options: SharedMemoryOptions): SharedMemory {
    return SharedMemory.filled(options);
  }

  /** @internal As `create`, with content that is there before anybody can attach. */
  static filled(options: SharedMemoryOptions, fill?: (memory: Buffer) => void): SharedMemory {
    if (typeof options !== 'object' || options === null)
      throw argumentTypeError('SharedMemory.create: the argument must be an object: write SharedMemory.create({ size: 1024 })');
    const { name, size } = options;
    checkSize(size);
    if (name !== undefined) checkName(name, 'SharedMemory.create');
    return SharedMemory.#adopt(createBlock(name, size, { fill: fill && ((buffer) => fill(Buffer.from(buffer))) }));
  }

  /** Attaches to an existing block. Throws SharedMemoryNotFoundError, SharedMemoryError when the system refuses it, TypeError, RangeError. */
  static attach(name: string): SharedMemory {
    checkName(name, 'SharedMemory.attach');
    return SharedMemory.#adopt(openBlock(name));
  }

  /** @internal The very block that `[name, identity]` names. */
  static from(description: unknown): SharedMemory {
    const [name, identity] = checkDescription(description);
    return SharedMemory.#adopt(openBlock(name, identity));
  }

  static #adopt(block: Block): SharedMemory {
    adopted = block;
    return new SharedMemory();
  }

  /** @internal What `from` takes. */
  static describe(memory: SharedMemory): readonly [name: string, identity: string] {
    return [memory.#name, memory.#identity];
  }

  /** All its bytes. `new Int32Array(shm.buf.buffer)` is a typed array over the same memory. Throws SharedMemoryClosedError after `close()`. */
  get buf(): Buffer {
    if (this.#buf === undefined)
      throw new SharedMemoryClosedError(`shared memory '${this.#name}' was closed here: attach to it again`);
    return this.#buf;
  }

  get name(): string {
    return this.#name;
  }

  /** Bytes. */
  get size(): number {
    return this.#size;
  }

  /**
   * Gives this program's access up; the block stays. Views of it that are kept go on to work: its memory is unmapped when the last of them has been
   * collected. A second call does nothing.
   */
  close(): void {
    this.#buf = undefined;
  }

  /**
   * Takes the name away, for everybody; who has the memory mapped keeps it. Also after `close()`.
   * Throws SharedMemoryNotFoundError when the block has lost its name before, even if another block has that name now.
   */
  unlink(): void {
    unlinkBlock({ name: this.#name, identity: this.#identity });
  }

  [Symbol.dispose](): void {
    this.close();
  }

  toString(): string {
    return `SharedMemory('${this.#name}', size=${this.#size})`;
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.toString();
  }
}

registerObjectKind<SharedMemory>({
  tag: 16,
  class: SharedMemory as unknown as abstract new () => SharedMemory,
  encode: SharedMemory.describe,
  decode: SharedMemory.from,
});

function checkSize(size: unknown): asserts size is number {
  if (typeof size !== 'number')
    throw argumentTypeError(
      `SharedMemory.create: size must be a number of bytes, not ${size === undefined ? 'missing' : typeof size}`,
    );
  if (!Number.isInteger(size) || size < 1 || size > MAX_BYTES)
    throw argumentRangeError(
      `SharedMemory.create: size must be a whole number of bytes from 1 to ${MAX_BYTES} (2 GiB), not ${size}`,
    );
}
