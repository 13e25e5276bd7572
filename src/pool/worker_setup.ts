/** What all workers of a pool are started with. */
import type { StartMethod } from '../process/start_method.ts';
import type { TaskFunction } from './jobs.ts';

/** When a worker is replaced; undefined = never. */
export interface WorkerLimits {
  /** Units that it is given. */
  readonly tasks: number | undefined;
  /** In ms, from the moment that it is ready. */
  readonly age: number | undefined;
  /** Resident set, in bytes. */
  readonly memory: number | undefined;
}

export interface WorkerSetup {
  readonly method: StartMethod;
  readonly processes: number;
  readonly initializer: TaskFunction | undefined;
  readonly initargs: readonly unknown[];
  readonly limits: WorkerLimits;
}
