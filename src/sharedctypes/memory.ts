/**
 * Shared memory seen as elements of each size. Always through typed arrays: a DataView reads and writes byte by byte until it is
 * optimised, so that another process would see half of a number. Every field is naturally aligned, so each has its element.
 */
export class Memory {
  readonly buffer: ArrayBuffer;
  #i8: Int8Array | undefined;
  #u8: Uint8Array | undefined;
  #i16: Int16Array | undefined;
  #u16: Uint16Array | undefined;
  #i32: Int32Array | undefined;
  #u32: Uint32Array | undefined;
  #i64: BigInt64Array | undefined;
  #u64: BigUint64Array | undefined;
  #f32: Float32Array | undefined;
  #f64: Float64Array | undefined;

  constructor(buffer: ArrayBuffer) {
    this.buffer = buffer;
  }

  static readonly #known = new WeakMap<ArrayBuffer, Memory>();

  /** Of shared memory: the same for all who look at it. */
  static of(buffer: ArrayBuffer): Memory {
    let memory = Memory.#known.get(buffer);
    if (!memory) {
      memory = new Memory(buffer);
      Memory.#known.set(buffer, memory);
    }
    return memory;
  }

  get i8(): Int8Array {
    this.#i8 ??= new Int8Array(this.buffer);
    return this.#i8;
  }
  get u8(): Uint8Array {
    this.#u8 ??= new Uint8Array(this.buffer);
    return this.#u8;
  }
  get i16(): Int16Array {
    this.#i16 ??= new Int16Array(this.buffer, 0, this.buffer.byteLength >>> 1);
    return this.#i16;
  }
  get u16(): Uint16Array {
    this.#u16 ??= new Uint16Array(this.buffer, 0, this.buffer.byteLength >>> 1);
    return this.#u16;
  }
  get i32(): Int32Array {
    this.#i32 ??= new Int32Array(this.buffer, 0, this.buffer.byteLength >>> 2);
    return this.#i32;
  }
  get u32(): Uint32Array {
    this.#u32 ??= new Uint32Array(this.buffer, 0, this.buffer.byteLength >>> 2);
    return this.#u32;
  }
  get i64(): BigInt64Array {
    this.#i64 ??= new BigInt64Array(this.buffer, 0, this.buffer.byteLength >>> 3);
    return this.#i64;
  }
  get u64(): BigUint64Array {
    this.#u64 ??= new BigUint64Array(this.buffer, 0, this.buffer.byteLength >>> 3);
    return this.#u64;
  }
  get f32(): Float32Array {
    this.#f32 ??= new Float32Array(this.buffer, 0, this.buffer.byteLength >>> 2);
    return this.#f32;
  }
  get f64(): Float64Array {
    this.#f64 ??= new Float64Array(this.buffer, 0, this.buffer.byteLength >>> 3);
    return this.#f64;
  }
}
