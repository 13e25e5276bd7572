/** The part of a proxy that is left when it is given up while something is under way. */
import { Request } from './protocol.ts';
import { clientFor, openClientFor, type Token } from './token.ts';

/** Keeps a referent until `release`, and can call its methods. */
export class Stay {
  readonly #token: Token;
  #isOver = false;

  constructor(token: Token) {
    this.#token = token;
    token.presence.use();
  }

  async call<R = unknown>(method: string, args: readonly unknown[]): Promise<R> {
    return clientFor(this.#token).call(Request.CALL, this.#token.id, method, args);
  }

  callSync<R = unknown>(method: string, args: readonly unknown[]): R {
    return clientFor(this.#token).callSync(Request.CALL, this.#token.id, method, args);
  }

  /** For which the program does not stay. Throws what cannot be sent. */
  ask(method: string, args: readonly unknown[]): Promise<unknown> {
    return clientFor(this.#token).ask(Request.CALL, this.#token.id, method, args);
  }

  /** What came with these tickets has arrived. Nothing where the manager is gone. */
  confirm(ticket: number, more: readonly number[] = []): void {
    openClientFor(this.#token)?.confirm(this.#token.id, ticket, more);
  }

  /** The last call: then it is released. */
  async finish(method: string, args: readonly unknown[]): Promise<void> {
    try {
      await this.call(method, args);
    } finally {
      this.release();
    }
  }

  /** Another one of the same, to be released by itself. */
  again(): Stay {
    return new Stay(this.#token);
  }

  /** A second call does nothing. */
  release(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#token.presence.release();
  }
}
