/** What a scenario for the explorer of interleavings is. */

/** `Main` is what the explorer's thread has of the objects, `Worker` what each worker has of them. */
export interface Scenario<Main = any, Worker = any> {
  readonly workers: number;
  /** Explorer's thread, before each schedule: fresh objects, and the numbers by which the workers find them (60 at most). */
  prepare(): { state: Main; numbers?: readonly number[] };
  /** Each worker, before steps count. */
  open(numbers: readonly number[], worker: number): Worker;
  /** The operations of a worker: every atomic step of them may be followed by another worker's. Returns numbers for `check`. */
  run(opened: Worker, worker: number): readonly number[] | undefined | void;
  /** Each worker, after the schedule. */
  close?(opened: Worker, worker: number): void;
  /** Explorer's thread, after each schedule: throws when something is wrong. Gives back what `prepare` made. */
  check(state: Main, results: readonly number[][]): void;
  /** Virtual milliseconds that pass whenever another worker goes on; 0 if left out. Time limits below 250 ms run out in virtual time only. */
  readonly tick?: number;
  /** Of the usual number of schedules, for one whose schedules take long. */
  readonly share?: number;
}

export type Scenarios = Record<string, Scenario>;
