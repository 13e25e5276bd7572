/** What a generator's proxy returns at once: the call begins with the first step, as the generator would. */
export class LateIterator<Y = unknown> implements AsyncIterableIterator<Y> {
  readonly #call: () => Promise<AsyncIterableIterator<Y>>;
  #started: Promise<AsyncIterableIterator<Y>> | undefined;
  #isOver = false;

  constructor(call: () => Promise<AsyncIterableIterator<Y>>) {
    this.#call = call;
  }

  async next(...value: [] | [any]): Promise<IteratorResult<Y>> {
    if (this.#isOver) return { done: true, value: undefined };
    this.#started ??= this.#call();
    return (await this.#started).next(...value);
  }

  async return(value?: any): Promise<IteratorResult<Y>> {
    this.#isOver = true;
    if (!this.#started) return { done: true, value };
    return (await this.#started).return!(value);
  }

  async throw(error?: unknown): Promise<IteratorResult<Y>> {
    if (this.#isOver || !this.#started) {
      this.#isOver = true;
      throw error;
    }
    return (await this.#started).throw!(error);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }
}
