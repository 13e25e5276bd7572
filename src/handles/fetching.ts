/** The receiver's side of a parcel: asks its keeper for the descriptor. Ends at once when the keeper has died, and looks again where a leaving one has passed it on. */
import { HandleLostError, PlatformError } from '../base/errors.ts';
import type { ObjectReference } from '../memory/object_kinds.ts';
import type { OwnerWord } from '../memory/participants.ts';
import { session } from '../memory/session.ts';
import { platform } from '../platform/current.ts';
import { waiting } from '../wakeup/waiting.ts';
import { keeperIfOpen, keeperPath } from './keeper.ts';
import { keeperOf, openParcel, secretOf } from './parcels.ts';
import { Answer, Request, requestBytes } from './protocol.ts';

/** A keeper that has not answered is rung again: a ring can be lost with its waker. */
const RING_MS = 100;

class Fetch {
  readonly #reference: ObjectReference;
  readonly #unit: number;
  readonly #answer = Buffer.alloc(1);
  #keeper: OwnerWord = 0;
  #connection = -1;
  #rung = 0;

  constructor(reference: ObjectReference) {
    this.#reference = reference;
    this.#unit = openParcel(reference);
  }

  get connection(): number {
    return this.#connection;
  }

  readonly suspects = (): OwnerWord[] => [this.#keeper];

  /** The descriptor; undefined = no answer yet. Throws HandleLostError, PlatformError. */
  readonly attempt = (): number | undefined => {
    for (;;) {
      if (this.#connection < 0) {
        const own = this.#connect();
        if (own !== undefined) return own;
        if (this.#connection < 0) return undefined;
      }
      const received = platform().passing.receive(this.#connection, this.#answer);
      if (received === undefined) {
        this.#ring();
        return undefined;
      }
      this.close();
      if (received?.isCut)
        throw new PlatformError('a handle arrived and could not be taken: is the limit of open files reached?');
      if (received && received.passed >= 0) return received.passed;
      this.#expectAnother(received !== null && this.#answer[0] === Answer.UNKNOWN);
    }
  };

  close(): void {
    if (this.#connection >= 0) platform().close(this.#connection);
    this.#connection = -1;
  }

  /** Asks the keeper. A descriptor where that is this thread itself. */
  #connect(): number | undefined {
    const here = session();
    for (;;) {
      this.#keeper = keeperOf(this.#unit);
      if (this.#keeper === here.self) {
        const own = keeperIfOpen()?.take(this.#reference);
        if (own === undefined) throw lost(true);
        return own;
      }
      const connection = platform().passing.connect(keeperPath(here, this.#keeper));
      if (connection === -1) return undefined;
      if (connection === null) {
        this.#expectAnother(false);
        continue;
      }
      const request = requestBytes(Request.TAKE, here.self, this.#reference, secretOf(this.#unit));
      if (platform().passing.send(connection, request) === 'sent') {
        this.#connection = connection;
        this.#rung = 0;
        return undefined;
      }
      platform().close(connection);
      this.#expectAnother(false);
    }
  }

  #ring(): void {
    const now = performance.now();
    if (now - this.#rung < RING_MS) return;
    this.#rung = now;
    waiting().doorbells.ring(this.#keeper);
  }

  /** Who leaves names another keeper before it closes its socket. */
  #expectAnother(isUnknown: boolean): void {
    if (isUnknown || keeperOf(this.#unit) === this.#keeper) throw lost(isUnknown);
  }
}

/** The descriptor, blocking this thread, which serves others meanwhile. Throws HandleLostError, PlatformError, SharedMemoryError. */
export function fetchSync(reference: ObjectReference): number {
  const fetch = new Fetch(reference);
  try {
    const early = fetch.attempt();
    if (early !== undefined) return early;
    const { connection, attempt, suspects } = fetch;
    return waiting().waitSync([], attempt, { suspects }, connection < 0 ? [] : [connection])!;
  } finally {
    fetch.close();
  }
}

export async function fetch(reference: ObjectReference): Promise<number> {
  const fetch = new Fetch(reference);
  try {
    return fetch.attempt() ?? (await waiting().wait([], fetch.attempt, { suspects: fetch.suspects }))!;
  } finally {
    fetch.close();
  }
}

function lost(isUnknown: boolean): HandleLostError {
  return new HandleLostError(
    isUnknown
      ? 'this socket, server or file is lost: a message names it, and the process that should have it has none. Send it again'
      : 'this socket, server or file is lost: the process that sent it has ended before it was received. Keep the sender running until it has been',
  );
}
