/** The handshakes of a listener: beside each other, each with a time limit, so that none of them costs the other clients anything. */

import { AuthenticationError } from '../base/errors.ts';
import type { Connection } from '../channels/connection.ts';
import { LogLevel } from '../logging/levels.ts';
import { record, threshold } from '../logging/logger.ts';
import { platform } from '../platform/current.ts';
import { answerChallenge, deliverChallenge } from './authentication.ts';
import type { SocketConnection } from './socket_connection.ts';
import { Strangers } from './strangers.ts';
import { startTimer } from './timers.ts';

/** A connection under way, and the IP address from which it came; the empty text where it has none. */
interface Guest {
  readonly connection: SocketConnection;
  readonly host: string;
  /** Why it was dropped. */
  fate?: string;
}

export interface HandshakeTerms {
  readonly key: Uint8Array;
  readonly allowMd5: boolean;
  /** ms */
  readonly timeout: number;
}

/** So many at a time have not proved yet that they know the key; but no more than this part of the descriptors that the process may have. */
const MOST_STRANGERS = 2048;
const PART_OF_DESCRIPTORS = 1 / 4;

export class Handshakes {
  readonly #terms: HandshakeTerms;
  /** Those that are not over. */
  readonly #guests = new Set<Guest>();
  readonly #strangers = new Strangers<Guest>(
    Math.min(MOST_STRANGERS, Math.floor(platform().mostDescriptors() * PART_OF_DESCRIPTORS)),
  );

  constructor(terms: HandshakeTerms) {
    this.#terms = terms;
  }

  /**
   * Authenticates both sides. Undefined: the other side stalled, left, spoke something else, or was one of too many, and was dropped. Rejects with AuthenticationError
   * for one that speaks the protocol and has another key.
   */
  async greet(connection: SocketConnection, host: string): Promise<Connection | undefined> {
    const { key, allowMd5, timeout } = this.#terms;
    const guest: Guest = { connection, host };
    this.#guests.add(guest);
    this.#strangers.add(guest);
    if (this.#strangers.areTooMany) this.#drop(this.#strangers.first!, 'too many others came');
    const stopTimer = startTimer(timeout, () => this.#drop(guest, `it was not done within ${timeout} ms`), false);
    connection.isQuiet = true;
    try {
      await deliverChallenge(connection, key, { allowMd5 });
      this.#strangers.delete(guest);
      await answerChallenge(connection, key, { allowMd5 });
      connection.isQuiet = false;
      return connection;
    } catch (error) {
      connection.close();
      if (error instanceof AuthenticationError && error.cause === undefined) throw error;
      const why = guest.fate ?? (error as Error).message;
      if (threshold <= LogLevel.INFO) record(LogLevel.INFO, `a connection was dropped before it was authenticated: ${why}`);
      return undefined;
    } finally {
      stopTimer();
      this.#strangers.delete(guest);
      this.#guests.delete(guest);
    }
  }

  close(): void {
    for (const { connection } of this.#guests) connection.close();
  }

  #drop(guest: Guest, why: string): void {
    guest.fate = why;
    this.#strangers.delete(guest);
    guest.connection.close();
  }
}
