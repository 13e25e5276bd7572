/**
 * The async waits of this thread on one object, first come first served: a task that gives an object up and wants it back at once
 * cannot starve the others. Between processes whoever is awake first wins.
 */
export class Line {
  readonly #tickets = new Set<object>();

  get isEmpty(): boolean {
    return this.#tickets.size === 0;
  }

  join(): object {
    const ticket = {};
    this.#tickets.add(ticket);
    return ticket;
  }

  isFirst(ticket: object): boolean {
    return this.#tickets.values().next().value === ticket;
  }

  leave(ticket: object): void {
    this.#tickets.delete(ticket);
  }
}
