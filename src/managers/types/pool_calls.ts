/** Calls of a pool of a manager, at the client: results that can be asked, and progress that is told here. */
import { onAbort } from '../../base/abort.ts';
import { DeadlockError } from '../../base/errors.ts';
import { type AsyncResult, fail, fulfill, pendingResult } from '../../pool/async_result.ts';
import { nameOf } from '../../pool/brief.ts';
import { checkProgress, type ProgressOptions } from '../../pool/progress.ts';
import { newBar } from '../../pool/progress_bar.ts';
import type { ProgressEvent } from '../../pool/progress_event.ts';
import { cancelledError } from '../../pool/task_errors.ts';
import type { TaskOptions } from '../../pool/terms.ts';

type AnyTask = (...args: any[]) => unknown;
/** Asks for the next event of the call of a number. */
export type AskProgress = (number: number) => Promise<ProgressEvent | undefined>;

/** Numbers of calls whose progress is told. */
let lastNumber = 0;

/** A call whose progress is told here. */
export interface Told {
  /** In place of the option. */
  readonly number: number | undefined;
  /** Once the call was sent: until its last event was told, before who awaits this goes on. */
  follow(ask: AskProgress): Promise<void>;
}

const UNTOLD: Told = { number: undefined, follow: () => Promise.resolve() };

/** Throws TypeError for an option that is none. */
export function toldProgress(f: AnyTask, options: ProgressOptions | undefined): Told {
  checkProgress(options);
  const progress = options?.progress;
  const tell = progress === true ? newBar(nameOf(f)) : progress;
  if (!tell) return UNTOLD;
  const number = ++lastNumber;
  return { number, follow: (ask) => follow(() => ask(number), tell) };
}

async function follow(ask: () => Promise<ProgressEvent | undefined>, tell: (event: ProgressEvent) => void): Promise<void> {
  try {
    for (;;) {
      const event = await ask();
      if (!event) return;
      // What it throws is an uncaught exception, as with any pool.
      queueMicrotask(() => tell(Object.freeze(event)));
      if (event.last) return;
    }
  } catch {
    // The call itself hears that the manager is gone.
  }
}

export interface ResultCall<R> {
  readonly f: AnyTask;
  readonly options: TaskOptions | undefined;
  /** Reads input that has to be there before anything is sent, until nobody wants the result any more. */
  readonly read?: (isOver: () => boolean) => Promise<void>;
  send(options: object): Promise<R>;
  readonly ask: AskProgress;
}

/** The result of a call. Rejects with what is wrong with it, too. */
export function remoteResult<R>({ f, options, read, send, ask }: ResultCall<R>): AsyncResult<R> {
  const canceller = new AbortController();
  const cancel = (reason: unknown): void => {
    fail(result, reason);
    canceller.abort(reason);
  };
  const result = pendingResult<R>({
    waitSync() {
      throw new DeadlockError(
        'a result of a pool of a manager comes through the event loop, which stands still while a thread blocks: await it, or call pool.sync.apply() and the like',
      );
    },
    abandon() {},
    cancel: (reason = cancelledError(f)) => cancel(reason),
  });
  const signal = options?.signal;
  const ignoreAbort = signal && onAbort(signal, () => cancel(signal.reason));
  const run = async (): Promise<R> => {
    signal?.throwIfAborted();
    const told = toldProgress(f, options);
    if (read) await read(() => result.ready());
    const pending = send({ ...options, progress: told.number, signal: canceller.signal });
    const followed = told.follow(ask);
    try {
      return await pending;
    } finally {
      await followed;
    }
  };
  run()
    .then(
      (value) => fulfill(result, value),
      (error) => fail(result, error),
    )
    .finally(() => ignoreAbort?.());
  return result;
}
