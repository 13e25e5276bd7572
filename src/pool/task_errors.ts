/** Why tasks fail that were ended by the pool, or never begun. */
import { CancelledError, ProcessError, TimeoutError } from '../base/errors.ts';

type Named = (...args: any[]) => unknown;

/** Seen by nobody: the job that it would fail was stopped. */
export const STOPPED = new ProcessError('the iterator over the results was closed before this task was sent');

export function cancelledError(fn: Named): CancelledError {
  return new CancelledError(`${called(fn)} was cancelled`);
}

export function timeoutError(fn: Named, timeout: number): TimeoutError {
  return new TimeoutError(
    `${called(fn)} ran for longer than its timeout of ${timeout} ms, and was ended; its worker is replaced. Give it a longer timeout if it needs more`,
  );
}

function called({ name }: Named): string {
  return name === '' ? 'a task' : `${name}()`;
}
