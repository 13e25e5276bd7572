/** The classes that the managers of these tests serve. */
import { BaseManager } from 'multiproc/managers';

export class Part {
  readonly #name: string;
  constructor(name: string) {
    this.#name = name;
  }
  getName(): string {
    return this.#name;
  }
}

export class Maths {
  #calls = 0;
  add(x: number, y: number): number {
    this.#calls++;
    return x + y;
  }
  async slow(ms: number, value: unknown): Promise<unknown> {
    await new Promise((resolve) => setTimeout(resolve, ms));
    return value;
  }
  *count(n: number): Generator<number> {
    for (let i = 0; i < n; i++) yield i;
  }
  make(name: string): Part {
    return new Part(name);
  }
  fail(message: string): never {
    throw new RangeError(message);
  }
  echo(value: unknown): unknown {
    return value;
  }
  calls(): number {
    return this.#calls;
  }
  _hidden(): string {
    return 'hidden';
  }
}

export class MyManager extends BaseManager.define({
  Maths,
  Part,
  counter: { callable: () => new Map<string, number>(), exposed: ['get', 'set', 'has'] },
  Factory: { callable: Maths, methodToTypeid: { make: 'Part' } },
}) {}
