/** The numbers that the objects of one value have on the wire. */

/** Up to here a scan of an array beats a Map, which costs 50 ns an object and its own making. */
const SCANNED = 32;

export const NEW_OBJECT = -1;

export class ObjectNumbers {
  /** The first objects by number. */
  #first: (object | undefined)[] = new Array(SCANNED).fill(undefined);
  /** All of them, once they are more than that. */
  #all: Map<object, number> | undefined;
  count = 0;

  /** The object's number, or NEW_OBJECT, and then it has the next one from now on. */
  find(object: object): number {
    const { count } = this;
    if (count > SCANNED) return this.#findInMap(object);
    const first = this.#first;
    for (let i = 0; i < count; i++) if (first[i] === object) return i;
    if (count < SCANNED) first[count] = object;
    else this.#all = new Map(first.map((known, i) => [known!, i])).set(object, count);
    this.count = count + 1;
    return NEW_OBJECT;
  }

  #findInMap(object: object): number {
    const number = this.#all!.get(object);
    if (number !== undefined) return number;
    this.#all!.set(object, this.count++);
    return NEW_OBJECT;
  }

  /** Forgets all of them, and keeps none alive. Stores, instead of `length = 0` or `fill`, which are calls of 30 ns. */
  clear(): void {
    const count = Math.min(this.count, SCANNED);
    for (let i = 0; i < count; i++) this.#first[i] = undefined;
    this.#all = undefined;
    this.count = 0;
  }
}

/** Numbers where both sides have some objects already: those have the first. */
export class NumbersAfter extends ObjectNumbers {
  readonly #known: ReadonlyMap<object, number>;
  readonly #first: number;

  constructor(known: readonly object[]) {
    super();
    this.#known = new Map(known.map((object, i) => [object, i]));
    this.#first = known.length;
  }

  override find(object: object): number {
    const known = this.#known.get(object);
    if (known !== undefined) return known;
    const number = super.find(object);
    return number === NEW_OBJECT ? NEW_OBJECT : number + this.#first;
  }
}
