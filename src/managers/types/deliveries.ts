/** What clients have got from a queue and have not confirmed. It comes back when the client is gone, so that a client that is killed loses nothing. */
import type { Caller } from '../caller.ts';

interface Open<T> {
  /** By ticket, in the order in which they were got. */
  readonly items: Map<number, T>;
  readonly forget: () => void;
}

export class Deliveries<T> {
  /** By the client's id. */
  readonly #open = new Map<number, Open<T>>();
  readonly #lost: (items: readonly T[]) => void;
  #tickets = 0;

  /** `lost` gets what a client had that is gone, the oldest first. */
  constructor(lost: (items: readonly T[]) => void) {
    this.#lost = lost;
  }

  add(client: Caller, item: T): number {
    let open = this.#open.get(client.id);
    if (!open) {
      open = { items: new Map(), forget: client.whenGone(() => this.#gone(client.id)) };
      this.#open.set(client.id, open);
    }
    open.items.set(++this.#tickets, item);
    return this.#tickets;
  }

  confirm(client: number, ticket: number): void {
    const open = this.#open.get(client);
    if (!open?.items.delete(ticket) || open.items.size > 0) return;
    open.forget();
    this.#open.delete(client);
  }

  /** Confirms the first of a client, or where it has none the first of another. False = nobody has any. */
  confirmFirst(client: number): boolean {
    const id = this.#open.has(client) ? client : this.#open.keys().next().value;
    if (id === undefined) return false;
    const [first] = this.#open.get(id)!.items.keys();
    this.confirm(id, first);
    return true;
  }

  /** Whether others than this client have any. */
  haveOthers(client: number): boolean {
    return this.#open.size > (this.#open.has(client) ? 1 : 0);
  }

  #gone(client: number): void {
    const { items } = this.#open.get(client)!;
    this.#open.delete(client);
    this.#lost([...items.values()]);
  }
}
