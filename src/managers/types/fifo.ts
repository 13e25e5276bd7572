/** A list that is filled at one end and emptied at the other; some of it may come back to the front. */
export class Fifo<T> {
  #items: T[] = [];
  /** Where the first is; those before it are gone. */
  #head = 0;

  get length(): number {
    return this.#items.length - this.#head;
  }

  push(item: T): void {
    this.#items.push(item);
  }

  /** Puts one in front of all. */
  unshift(item: T): void {
    if (this.#head === 0) this.#items.unshift(item);
    else this.#items[--this.#head] = item;
  }

  /** Takes the first. There is one. */
  shift(): T {
    const item = this.#items[this.#head];
    this.#items[this.#head++] = undefined as T;
    // The gone half is dropped at once, now and then: shift() of an Array moves all that are left each time.
    if (this.#head > 32 && this.#head * 2 > this.#items.length) {
      this.#items.splice(0, this.#head);
      this.#head = 0;
    }
    return item;
  }
}
