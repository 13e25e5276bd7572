/**
 * Which task the running code belongs to.
 *
 * A worker with one task at a time knows without help, as long as nobody asks: it is the one that runs. From the first `taskContext()` on, tasks run in an AsyncLocalStorage, so that
 * what a task leaves behind is not taken for a part of the next. A worker with several tasks at once needs it from the beginning.
 * AsyncLocalStorage makes every task and promise dearer, so a worker whose tasks never ask does without.
 */
import type { AsyncLocalStorage } from 'node:async_hooks';
import { RunningTask, type TaskHost } from './running_task.ts';

let tasks: RunningTasks | undefined;

/** The task that the running code belongs to; undefined = none. It may have ended. */
export function runningTask(): RunningTask | undefined {
  return tasks?.find();
}

type Task = (...args: readonly unknown[]) => unknown;

/** The task that a worker with one at a time is at. */
export interface Present {
  readonly id: number;
  readonly attempt: number;
}

export class RunningTasks {
  readonly #host: TaskHost;
  readonly #present: (() => Present | undefined) | undefined;
  #storage: AsyncLocalStorage<RunningTask | undefined> | undefined;
  /** Those that have asked for their context and not ended. */
  readonly #asked = new Map<number, RunningTask>();

  /** Without `present` the worker has several tasks at once. */
  constructor(host: TaskHost, present?: () => Present | undefined) {
    this.#host = host;
    this.#present = present;
    if (present === undefined) this.#storage = newStorage();
    tasks = this;
  }

  /** Tasks are to be called by `run`. */
  get isTracking(): boolean {
    return this.#storage !== undefined;
  }

  /** Whether some task is to be told of its end. */
  get areAsked(): boolean {
    return this.#asked.size !== 0;
  }

  run(id: number, attempt: number, task: Task, args: readonly unknown[]): unknown {
    return this.#storage!.run(new RunningTask(id, attempt, this.#host), task, ...args);
  }

  /** A task has returned to the worker, whose own code does not belong to it. */
  left(): void {
    if (this.#present) this.#storage?.enterWith(undefined);
  }

  /** Before a task's outcome is sent: see `RunningTask.end`. */
  end(id: number): Promise<void> | undefined {
    const task = this.#asked.get(id);
    this.left();
    this.#asked.delete(id);
    return task?.end();
  }

  /** Nobody waits for those with these ids. */
  abort(first: number, last: number, reason: unknown): void {
    for (const task of [...this.#asked.values()]) if (task.id >= first && task.id <= last) task.abort(reason);
  }

  find(): RunningTask | undefined {
    const task = this.#storage?.getStore() ?? this.#presentTask();
    if (task !== undefined && !task.isEnded) this.#asked.set(task.id, task);
    return task;
  }

  /** Code without a mark, where one task runs at a time, is most likely its: called by what existed before the task, or before the first that asked. */
  #presentTask(): RunningTask | undefined {
    const present = this.#present?.();
    if (present === undefined) return undefined;
    const task = this.#asked.get(present.id) ?? new RunningTask(present.id, present.attempt, this.#host);
    this.#storage ??= newStorage();
    this.#storage.enterWith(task);
    return task;
  }
}

function newStorage(): AsyncLocalStorage<RunningTask | undefined> {
  const { AsyncLocalStorage } = process.getBuiltinModule('node:async_hooks');
  return new AsyncLocalStorage();
}
