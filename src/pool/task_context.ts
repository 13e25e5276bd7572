/** `taskContext()`: what a running task can learn and tell. */
import { TaskContextError } from '../base/errors.ts';
import { runningTask } from './running_tasks.ts';

/** What a task sees of itself. */
export interface TaskContext {
  /**
   * Aborts, with the caller's reason, when the caller cancels the task or its `timeout` runs out; that the caller waits no more is settled by then. A task that has asked for its
   * signal and ends within 500 ms of it keeps its worker; one that does not, or has not asked, is ended together with its worker.
   * An async task notices when it awaits; a sync one where it reads `signal.aborted` or calls `signal.throwIfAborted()`.
   */
  readonly signal: AbortSignal;
  /** 1, and one more for each time that the task was tried before and cost its worker. */
  readonly attempt: number;
  /**
   * Tells the caller's `progress` option how far the task is, in whatever unit. Call it as often as you like: at most one report in 50 ms is sent, and the last one always
   * arrives before the task's result. After the task has ended it does nothing.
   * Throws TypeError for something else than numbers, RangeError for NaN or a negative one.
   */
  readonly progress: (done: number, total?: number) => void;
}

/**
 * The context of the task that the running code belongs to, however many awaits ago it was called.
 * Throws TaskContextError outside a task: in the main program, in an initialiser, and in what a task has left behind (a timer, a listener) when it has ended.
 */
export function taskContext(): TaskContext {
  const task = runningTask();
  if (task === undefined)
    throw new TaskContextError(
      'taskContext() was called where no task of a Pool runs: call it in a function that a pool runs in its worker, or in what that function calls',
    );
  if (task.isEnded)
    throw new TaskContextError(
      'taskContext() was called by what a task has left behind: it has ended. Await in the task what belongs to it',
    );
  return task.context;
}
