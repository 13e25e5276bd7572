/** The classes that the managers of these tests serve. */
import type { Queue } from 'multiproc';
import { BaseManager, BaseProxy, caller } from 'multiproc/managers';

export class Part {
  readonly #name: string;
  constructor(name: string) {
    if (name === '') throw new RangeError('a part needs a name');
    this.#name = name;
  }
  getName(): string {
    return this.#name;
  }
  toString(): string {
    return `Part ${this.#name}`;
  }
}

export class MathsError extends Error {
  readonly hint: string;
  constructor(message: string, hint: string) {
    super(message);
    this.hint = hint;
  }
}

export class Maths {
  calls: unknown[] = [];
  add(x: number, y: number): number {
    return x + y;
  }
  note(value: unknown): number {
    return this.calls.push(value);
  }
  noted(): unknown[] {
    return this.calls;
  }
  async later<T>(value: T): Promise<T> {
    await new Promise((resolve) => setImmediate(resolve));
    return value;
  }
  /** Yields, and notes that it was ended. */
  *count(n: number): Generator<number, string> {
    try {
      for (let i = 0; i < n; i++) yield i;
      return 'all';
    } finally {
      this.calls.push(`count ended`);
    }
  }
  async *countLater(n: number): AsyncGenerator<number> {
    for (let i = 0; i < n; i++) yield await this.later(i);
  }
  make(name: string): Part {
    return new Part(name);
  }
  fail(hint: string): never {
    throw new MathsError('it fails', hint);
  }
  throwText(): never {
    throw 'a text';
  }
  echo<T>(value: T): T {
    return value;
  }
  unsendable(): unknown {
    return { inside: () => 1 };
  }
  /** Each throws when it is looked at. */
  hostile(how: 'then' | 'thenable' | 'inspect' | 'iterator' | 'error'): unknown {
    const bad = (): never => {
      throw new RangeError('looked at');
    };
    if (how === 'then') return Object.defineProperty({}, 'then', { get: bad });
    // biome-ignore lint/suspicious/noThenProperty: that is what it is for
    if (how === 'thenable') return { then: bad };
    if (how === 'inspect') return { [Symbol.for('nodejs.util.inspect.custom')]: bad, inside: () => 1 };
    if (how === 'iterator') return new Proxy({}, { has: bad, getPrototypeOf: bad });
    throw Object.defineProperty(new Error('x'), 'message', { get: bad });
  }
  loop(): never {
    for (;;);
  }
  exit(code: number): never {
    process.exit(code);
  }
  never(): Promise<void> {
    return new Promise(() => {});
  }
  _hidden(): string {
    return 'hidden';
  }
}

/** Holds values, other referents among them. */
export class Box {
  #items: unknown[];
  constructor(...items: unknown[]) {
    this.#items = items;
  }
  put(item: unknown): number {
    return this.#items.push(item);
  }
  at(index: number): unknown {
    return this.#items[index];
  }
  size(): number {
    return this.#items.length;
  }
  /** Into a queue in shared memory: not the way by which it came. */
  async passOn(queue: Queue<unknown>, index: number): Promise<void> {
    await queue.put({ item: this.#items[index] });
  }
  /** A value that has its items, and cannot be sent. */
  unsendable(): unknown {
    return [...this.#items, () => 1];
  }
  /** Its items, and one whose class who gets it has yet to import. */
  async withLate(): Promise<unknown[]> {
    const { Late } = await import('./late.js');
    return [...this.#items, new Late()];
  }
  drop(): unknown {
    this.#items.pop();
    return undefined;
  }
  /** Whether two of its items are one object. */
  same(a: number, b: number): boolean {
    return this.#items[a] === this.#items[b];
  }
  itself(): this {
    return this;
  }
}

/** Knows who holds what, and who waits. */
export class Board {
  readonly #holders = new Map<number, string>();
  readonly #log: string[] = [];
  #waiting = 0;
  hold(): number {
    const { id, name, whenGone } = caller();
    void whenGone;
    const client = caller();
    this.#holders.set(id, name);
    client.whenGone(() => this.#holders.delete(id));
    return id;
  }
  holders(): string[] {
    return [...this.#holders.values()];
  }
  /** Waits until the call is cancelled, or its client gone. */
  async wait(_options?: { signal?: AbortSignal; timeout?: number }): Promise<string> {
    const { signal } = caller();
    this.#waiting++;
    await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
    this.#waiting--;
    this.#log.push(`aborted: ${signal.reason instanceof Error ? signal.reason.message : String(signal.reason)}`);
    throw signal.reason;
  }
  /** Is cancelled too late: it has given something away already. */
  async keep(_options?: { signal?: AbortSignal }): Promise<string> {
    const { signal } = caller();
    await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
    return 'kept';
  }
  waiting(): number {
    return this.#waiting;
  }
  log(): string[] {
    return this.#log;
  }
  whoCalls(): string {
    return caller().name;
  }
}

export class CounterProxy extends BaseProxy<Map<string, number>> {
  async increment(key: string, by = 1): Promise<number> {
    const value = ((await this.callMethod<number | undefined>('get', [key])) ?? 0) + by;
    await this.callMethod('set', [key, value]);
    return value;
  }
}

export class MyManager extends BaseManager.define({
  Maths,
  Part,
  Box,
  Board,
  counter: { callable: () => new Map<string, number>(), exposed: ['get', 'set', 'has'] },
  smart: { callable: () => new Map<string, number>(), exposed: ['get', 'set'], proxyType: CounterProxy },
  Factory: { callable: Maths, methodToTypeid: { make: 'Part' } },
  late: { callable: async (name: string) => new Part(name) },
  nothing: { createMethod: false },
  numbers: function* (n: number) {
    for (let i = 0; i < n; i++) yield i;
  },
}) {}

let prepared = '';
export function prepare(text: string): void {
  prepared += text;
}
export function failToPrepare(): never {
  throw new RangeError('cannot be prepared');
}
export class Prepared {
  text(): string {
    return prepared;
  }
}
export class PreparedManager extends BaseManager.define({ Prepared }) {}

export class Scale {
  readonly #by: number;
  constructor(by: number) {
    this.#by = by;
  }
  scale(x: number, y = 1): number {
    return this.#by * x * y;
  }
  sum(...xs: number[]): number {
    return xs.reduce((sum, x) => sum + x, 0) * this.#by;
  }
}

export class CountedManager extends BaseManager.define({
  Counted: { callable: Scale, argumentCounts: { new: 1, scale: [1, 2] } },
  Uncounted: Scale,
}) {}
