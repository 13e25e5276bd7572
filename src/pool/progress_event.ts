/** What a running task has said of itself last (`taskContext().progress`). */
export interface TaskProgress {
  /** Which task of the call it is, from 0. */
  readonly index: number;
  readonly done: number;
  /** Undefined = it does not know. */
  readonly total: number | undefined;
}

/** How far a call of `apply`, `map`, `starmap` or `imap` is. */
export interface ProgressEvent {
  /** Tasks that have ended, those that failed included. */
  readonly done: number;
  /** Tasks that there are; undefined while the input has not ended and does not say how long it is. */
  readonly total: number | undefined;
  readonly failed: number;
  /** Since the call, in ms. */
  readonly elapsed: number;
  /** Tasks a second, of late. */
  readonly rate: number;
  /** How long the rest will take, in ms, if it goes on like this; undefined = nobody knows. */
  readonly remaining: number | undefined;
  /** What running tasks have said of themselves, in the order of the tasks. */
  readonly tasks: readonly TaskProgress[];
  /** The last event: all tasks have ended, or the call was given up. */
  readonly last: boolean;
}
