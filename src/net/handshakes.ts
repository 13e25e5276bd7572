/** The handshakes of a listener: beside each other, each with a time limit, so that none of them costs the other clients anything. */

import { AuthenticationError } from '../base/errors.ts';
import type { Connection } from '../channels/connection.ts';
import { LogLevel } from '../logging/levels.ts';
import { record, threshold } from '../logging/logger.ts';
import { answerChallenge, deliverChallenge } from './authentication.ts';
import type { SocketConnection } from './socket_connection.ts';
import { startTimer } from './timers.ts';

export interface HandshakeTerms {
  readonly key: Uint8Array;
  readonly allowMd5: boolean;
  /** ms */
  readonly timeout: number;
}

export class Handshakes {
  readonly #terms: HandshakeTerms;
  /** Those that are not over. */
  readonly #connections = new Set<SocketConnection>();

  constructor(terms: HandshakeTerms) {
    this.#terms = terms;
  }

  /**
   * Authenticates both sides. Undefined: the other side stalled, left, or spoke something else, and was dropped. Rejects with AuthenticationError for one that speaks
   * the protocol and has another key.
   */
  async greet(connection: SocketConnection): Promise<Connection | undefined> {
    const { key, allowMd5, timeout } = this.#terms;
    let isLate = false;
    this.#connections.add(connection);
    const stopTimer = startTimer(
      timeout,
      () => {
        isLate = true;
        connection.close();
      },
      false,
    );
    connection.isQuiet = true;
    try {
      await deliverChallenge(connection, key, { allowMd5 });
      await answerChallenge(connection, key, { allowMd5 });
      connection.isQuiet = false;
      return connection;
    } catch (error) {
      connection.close();
      if (error instanceof AuthenticationError && error.cause === undefined) throw error;
      const why = isLate ? `it was not done within ${timeout} ms` : (error as Error).message;
      if (threshold <= LogLevel.INFO) record(LogLevel.INFO, `a connection was dropped before it was authenticated: ${why}`);
      return undefined;
    } finally {
      stopTimer();
      this.#connections.delete(connection);
    }
  }

  close(): void {
    for (const connection of this.#connections) connection.close();
  }
}
