/** What is said of a worker that died. */
import { WorkerLostError } from '../base/errors.ts';
import type { Exit } from '../process/child.ts';
import { quoted } from '../process/last_words.ts';
import type { WorkerHandle } from './worker_handle.ts';

export function lostError({ child, lastWords }: WorkerHandle, exit: Exit, attempt: number): WorkerLostError {
  const { code, signal } = exit;
  return new WorkerLostError(
    `${child.identity.name} (pid ${child.pid}) ${howItEnded(exit)} while it ran this task${attempt > 1 ? `, as did the ${attempt - 1} before it` : ''}. The pool has replaced it and goes on; run the task again if it may be repeated${quoted(lastWords)}`,
    { pid: child.pid, exitCode: code, signal, stderr: lastWords },
  );
}

function howItEnded({ code, signal }: Exit): string {
  if (signal === 'SIGABRT')
    return 'was ended by SIGABRT (process.abort(), a failed assertion in native code, or memory of the engine that ran out)';
  if (signal) return `was ended by ${signal}`;
  if (code === 0)
    return 'ended with exit code 0 (the task called process.exit(), or it awaited a promise that nothing was left to settle)';
  return `ended with exit code ${code}`;
}
