/**
 * Segregated free lists with two-level bitmaps (TLSF): a block that fits is found in constant time.
 * Everything here is derived from the block headers: `clear` and one walk rebuild it. Called under HEAP_LOCK only, whose atomic
 * taking and release order these plain accesses (an atomic store costs 5 to 8 ns, and one allocation makes thirty).
 */
import type { Arena } from './arena.ts';
import { wordIndex } from './arena.ts';
import { Block, Header, LIST_LEVELS, LIST_STEP_BITS, LIST_STEPS, LISTS_WORDS } from './layout.ts';

/** List of sizes at least `size` that is sure to fit (`up`), or the list where `size` belongs. */
function listOf(size: number, up: boolean): number {
  let rounded = size;
  if (up && size >= LIST_STEPS) rounded = size + 2 ** (31 - Math.clz32(size) - LIST_STEP_BITS) - 1;
  if (rounded < LIST_STEPS) return rounded;
  const level = 31 - Math.clz32(rounded);
  const step = (rounded >>> (level - LIST_STEP_BITS)) & (LIST_STEPS - 1);
  return (level - LIST_STEP_BITS + 1) * LIST_STEPS + step;
}

export class FreeLists {
  readonly #arena: Arena;
  readonly #words: Int32Array;
  readonly #levels: number;
  readonly #steps: number;
  readonly #heads: number;

  /** `set` 0 holds the FREE blocks, 1 the VIRGIN ones. */
  constructor(arena: Arena, set: 0 | 1) {
    this.#arena = arena;
    this.#words = arena.words;
    this.#levels = Header.FREE_LISTS + set * LISTS_WORDS;
    this.#steps = this.#levels + 1;
    this.#heads = this.#steps + LIST_LEVELS;
  }

  clear(): void {
    for (let i = 0; i < LISTS_WORDS; i++) this.#words[this.#levels + i] = 0;
  }

  insert(unit: number, size: number): void {
    const list = listOf(size, false);
    const head = this.#heads + list;
    const next = this.#words[head];
    const words = this.#arena.segmentWords(unit);
    const index = wordIndex(unit);
    words[index + Block.NEXT_FREE] = next;
    words[index + Block.PREVIOUS_FREE] = 0;
    if (next !== 0) this.#arena.segmentWords(next)[wordIndex(next) + Block.PREVIOUS_FREE] = unit;
    this.#words[head] = unit;
    const level = list >>> LIST_STEP_BITS;
    this.#words[this.#steps + level] = this.#words[this.#steps + level] | (1 << (list & (LIST_STEPS - 1)));
    this.#words[this.#levels] = this.#words[this.#levels] | (1 << level);
  }

  remove(unit: number, size: number): void {
    const words = this.#arena.segmentWords(unit);
    const index = wordIndex(unit);
    const next = words[index + Block.NEXT_FREE];
    const previous = words[index + Block.PREVIOUS_FREE];
    if (next !== 0) this.#arena.segmentWords(next)[wordIndex(next) + Block.PREVIOUS_FREE] = previous;
    if (previous !== 0) {
      this.#arena.segmentWords(previous)[wordIndex(previous) + Block.NEXT_FREE] = next;
      return;
    }
    const list = listOf(size, false);
    this.#words[this.#heads + list] = next;
    if (next !== 0) return;
    const level = list >>> LIST_STEP_BITS;
    const steps = this.#words[this.#steps + level] & ~(1 << (list & (LIST_STEPS - 1)));
    this.#words[this.#steps + level] = steps;
    if (steps === 0) this.#words[this.#levels] = this.#words[this.#levels] & ~(1 << level);
  }

  /** A block of at least `size` units, still in its list; 0 = none. */
  find(size: number): number {
    const list = listOf(size, true);
    let level = list >>> LIST_STEP_BITS;
    if (level >= LIST_LEVELS) return 0;
    let steps = this.#words[this.#steps + level] & (-1 << (list & (LIST_STEPS - 1)));
    if (steps === 0) {
      const levels = level === 31 ? 0 : this.#words[this.#levels] & (-1 << (level + 1));
      if (levels === 0) return 0;
      level = 31 - Math.clz32(levels & -levels);
      steps = this.#words[this.#steps + level];
    }
    const step = 31 - Math.clz32(steps & -steps);
    return this.#words[this.#heads + level * LIST_STEPS + step];
  }

  /** The heads, for fsck. */
  *blocks(): Generator<{ unit: number; list: number }> {
    for (let list = 0; list < LIST_LEVELS * LIST_STEPS; list++) {
      for (let unit = this.#words[this.#heads + list]; unit !== 0; ) {
        yield { unit, list };
        unit = this.#arena.segmentWords(unit)[wordIndex(unit) + Block.NEXT_FREE];
      }
    }
  }

  static listOf(size: number): number {
    return listOf(size, false);
  }
}
