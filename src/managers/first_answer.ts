/** The first answer of a server: it may be stopped, or be something else, so that nobody waits for it for ever. */
import { checkTimeout, Deadline, type WaitOptions } from '../base/deadlines.ts';
import { TimeoutError } from '../base/errors.ts';
import { TimeLimit } from '../net/time_limit.ts';
import type { Client } from './client.ts';

/** How long it may take to connect, all in all, where nothing else is said (ms). */
export const CONNECT_MS = 20_000;

/** What connecting may take, for all of its steps. */
export class Patience {
  /** ms */
  readonly timeout: number;
  readonly signal: AbortSignal | undefined;
  readonly #deadline: Deadline;

  /** Throws TypeError and RangeError for options that are none. */
  constructor(options: WaitOptions | undefined) {
    this.timeout = checkTimeout(options, CONNECT_MS);
    this.signal = options?.signal;
    this.#deadline = new Deadline(this.timeout);
  }

  /** For the first step. */
  get all(): WaitOptions {
    return { timeout: this.timeout, signal: this.signal };
  }

  /** For those after it. */
  get rest(): WaitOptions {
    return { timeout: Math.max(this.#deadline.left(), 0), signal: this.signal };
  }
}

/** What the server says of itself. `isQuiet`: the program does not stay for it. TimeoutError, the signal's reason, ManagerGoneError. */
export async function firstAnswer(
  client: Client,
  question: 'identity' | 'typeids',
  { patience, server, isQuiet = false }: { patience: Patience; server: string; isQuiet?: boolean },
): Promise<any> {
  const late = (): TimeoutError =>
    new TimeoutError(
      `${server} has let this program in, and has not answered within ${patience.timeout} ms: is it the server of a manager, and neither stopped nor busy? Else give more time: connect({ timeout })`,
    );
  const limit = new TimeLimit(patience.rest, !isQuiet, late);
  try {
    return await client.callUntil(limit.signal, question, !isQuiet);
  } finally {
    limit.end();
  }
}
