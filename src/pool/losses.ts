/** What is said of a worker that died. */
import { WorkerLostError } from '../base/errors.ts';
import type { Exit } from '../process/child.ts';
import type { WorkerHandle } from './worker_handle.ts';

export function lostError({ child }: WorkerHandle, { code, signal }: Exit, attempt: number): WorkerLostError {
  let how = signal ? `was ended by ${signal}` : `ended with exit code ${code}`;
  if (code === 0) how += ' (the task called process.exit(), or it awaited a promise that nothing was left to settle)';
  return new WorkerLostError(
    `${child.identity.name} (pid ${child.pid}) ${how} while it ran this task${attempt > 1 ? `, as did the ${attempt - 1} before it` : ''}. The pool has replaced it and goes on; run the task again if it may be repeated`,
    { pid: child.pid, exitCode: code, signal },
  );
}
