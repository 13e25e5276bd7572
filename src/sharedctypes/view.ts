/** An object that shows a place in shared memory as a type: structures, items, single values. It travels by reference. */
import type { Memory } from './memory.ts';
import type { Type } from './type.ts';

export abstract class View {
  readonly #type: Type;
  readonly #memory: Memory;
  readonly #offset: number;

  constructor(type: Type, memory: Memory, offset: number) {
    this.#type = type;
    this.#memory = memory;
    this.#offset = offset;
  }

  // Not methods: a structure's fields may have any name.
  static typeOf(view: View): Type {
    return view.#type;
  }
  static memoryOf(view: View): Memory {
    return view.#memory;
  }
  static offsetOf(view: View): number {
    return view.#offset;
  }
}
