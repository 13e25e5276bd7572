/** How far calls of a pool of a manager are: events wait here until the client asks for the next. */
import { type Deferred, deferred } from '../../base/deferred.ts';
import type { ProgressEvent } from '../../pool/progress_event.ts';
import type { Caller } from '../caller.ts';

interface Telling {
  /** The newest, which nobody has asked for yet. */
  event: ProgressEvent | undefined;
  /** Who has asked for the next. */
  asked: Deferred<ProgressEvent | undefined> | undefined;
  isOver: boolean;
  readonly forget: () => void;
}

export class Tellings {
  /** By the client and its number for the call. */
  readonly #tellings = new Map<string, Telling>();

  /** A call begins that the client has given this number. Returns what gets the events. */
  begin(client: Caller, number: number): (event: ProgressEvent) => void {
    const key = keyOf(client, number);
    const forget = client.whenGone(() => this.#tellings.delete(key));
    const telling: Telling = { event: undefined, asked: undefined, isOver: false, forget };
    this.#tellings.set(key, telling);
    return (event) => {
      telling.event = event;
      telling.isOver = event.last;
      if (event.last) forget();
      if (!telling.asked) return;
      telling.asked.resolve(this.#take(key, telling));
      telling.asked = undefined;
    };
  }

  /** The next event of a call, the last one included. Undefined: there are none, or no more. */
  next(client: Caller, number: number): ProgressEvent | undefined | Promise<ProgressEvent | undefined> {
    const key = keyOf(client, number);
    const telling = this.#tellings.get(key);
    if (!telling || telling.event) return telling && this.#take(key, telling);
    telling.asked ??= deferred();
    return telling.asked.promise;
  }

  /** The call is over, though there may have been no last event. */
  end(client: Caller, number: number): void {
    const key = keyOf(client, number);
    const telling = this.#tellings.get(key);
    if (!telling) return;
    telling.isOver = true;
    if (telling.event) return;
    telling.forget();
    this.#tellings.delete(key);
    telling.asked?.resolve(undefined);
  }

  #take(key: string, telling: Telling): ProgressEvent | undefined {
    const { event } = telling;
    telling.event = undefined;
    if (telling.isOver) this.#tellings.delete(key);
    return event;
  }
}

function keyOf({ id }: Caller, number: number): string {
  return `${id} ${number}`;
}
