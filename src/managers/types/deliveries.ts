/** What clients have got from a queue and have not confirmed. It comes back when the client is gone, so that a client that is killed loses nothing. */
import type { Caller } from '../caller.ts';
import { whenConfirmed } from '../confirming.ts';
import { setInUse } from '../in_use.ts';

interface Open<T> {
  /** By ticket, in the order in which they were got. */
  readonly items: Map<number, T>;
  readonly forget: () => void;
}

export class Deliveries<T> {
  /** By the client's id. */
  readonly #open = new Map<number, Open<T>>();
  readonly #queue: object;
  readonly #lost: (items: readonly T[]) => void;
  #tickets = 0;

  /** Of a queue, which is in use meanwhile. `lost` gets what a client had that is gone, the oldest first. */
  constructor(queue: object, lost: (items: readonly T[]) => void) {
    this.#queue = queue;
    this.#lost = lost;
    whenConfirmed(queue, (client, ticket) => this.#confirm(client, ticket));
  }

  add(client: Caller, item: T): number {
    let open = this.#open.get(client.id);
    if (!open) {
      open = { items: new Map(), forget: client.whenGone(() => this.#gone(client.id)) };
      this.#open.set(client.id, open);
      setInUse(this.#queue, true);
    }
    open.items.set(++this.#tickets, item);
    return this.#tickets;
  }

  #confirm(client: number, ticket: number): void {
    const open = this.#open.get(client);
    if (!open?.items.delete(ticket) || open.items.size > 0) return;
    open.forget();
    this.#close(client);
  }

  #gone(client: number): void {
    const { items } = this.#open.get(client)!;
    this.#close(client);
    this.#lost([...items.values()]);
  }

  #close(client: number): void {
    this.#open.delete(client);
    if (this.#open.size === 0) setInUse(this.#queue, false);
  }
}
