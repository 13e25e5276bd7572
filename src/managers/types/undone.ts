/** What clients have got from a joinable queue and have not reported done. It comes back when the client is gone. */
import type { Caller } from '../caller.ts';

/** What one client has. In the order in which it was got, by ticket. */
interface Open<T> {
  /** Got by `get`: any client may report it. */
  readonly items: Map<number, T>;
  /** Got by `getTask`: reported by its own `done`. */
  readonly tasks: Map<number, T>;
  readonly forget: () => void;
}

export class Undone<T> {
  /** By the client's id. */
  readonly #open = new Map<number, Open<T>>();
  readonly #lost: (items: readonly T[]) => void;
  #tickets = 0;

  /** `lost` gets what a client had that is gone, the oldest first. */
  constructor(lost: (items: readonly T[]) => void) {
    this.#lost = lost;
  }

  addItem(client: Caller, item: T): void {
    this.#of(client).items.set(++this.#tickets, item);
  }

  /** Gives the ticket by which it is reported. */
  addTask(client: Caller, item: T): number {
    this.#of(client).tasks.set(++this.#tickets, item);
    return this.#tickets;
  }

  /** The first item of a client is done, or where it has none the first of another. False = nobody has any. */
  finishItem(client: number): boolean {
    const id = this.#hasItem(client) ? client : [...this.#open.keys()].find((other) => this.#hasItem(other));
    if (id === undefined) return false;
    const { items } = this.#open.get(id)!;
    const [first] = items.keys();
    items.delete(first);
    this.#closeIfEmpty(id);
    return true;
  }

  /** False = the client has no such task. */
  finishTask(client: number, ticket: number): boolean {
    if (!this.#open.get(client)?.tasks.delete(ticket)) return false;
    this.#closeIfEmpty(client);
    return true;
  }

  /** Whether others than this client have any. */
  haveOthers(client: number): boolean {
    return this.#open.size > (this.#open.has(client) ? 1 : 0);
  }

  #of(client: Caller): Open<T> {
    let open = this.#open.get(client.id);
    if (!open) {
      open = { items: new Map(), tasks: new Map(), forget: client.whenGone(() => this.#gone(client.id)) };
      this.#open.set(client.id, open);
    }
    return open;
  }

  #hasItem(client: number): boolean {
    return (this.#open.get(client)?.items.size ?? 0) > 0;
  }

  #closeIfEmpty(client: number): void {
    const { items, tasks, forget } = this.#open.get(client)!;
    if (items.size + tasks.size > 0) return;
    forget();
    this.#open.delete(client);
  }

  #gone(client: number): void {
    const { items, tasks } = this.#open.get(client)!;
    this.#open.delete(client);
    const all = [...items, ...tasks].sort(([a], [b]) => a - b);
    this.#lost(all.map(([, item]) => item));
  }
}
