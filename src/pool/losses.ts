/** What the death of a worker costs, and what is said of it. */
import { WorkerLostError } from '../base/errors.ts';
import type { Exit } from '../process/child.ts';
import { quoted } from '../process/last_words.ts';
import { restOf, singles, taskCount, type Unit } from './jobs.ts';
import type { WorkerHandle } from './worker_handle.ts';

/** What its worker's death costs of a unit: the places of tasks that were started and are not settled; and what goes back to the queue. */
export function divide(unit: Unit, { id, decoding }: WorkerHandle['started']): { places: number[]; rest: Unit[] } {
  const last = id - unit.firstId;
  const count = taskCount(unit);
  // It was decoding all of its items: each alone shows which of them kills.
  if (decoding && last === 0 && count > 1) return { places: [], rest: singles(unit) };
  const places: number[] = [];
  for (let place = unit.done; place <= last && place < count; place++)
    if (!unit.ahead?.has(place) && !unit.abandoned?.has(place)) places.push(place);
  const rest = restOf(unit, Math.max(0, last + 1 - unit.done));
  return { places, rest: rest ? [rest] : [] };
}

const FORCED =
  ' (by the pool: a task that it had under way beside this one was cancelled or out of time, and did not end by itself)';

export function lostError({ child, lastWords, forced }: WorkerHandle, exit: Exit, attempt: number): WorkerLostError {
  const { code, signal } = exit;
  return new WorkerLostError(
    `${child.identity.name} (pid ${child.pid}) ${howItEnded(exit)}${forced ? FORCED : ''} while it ran this task${attempt > 1 ? `, as did the ${attempt - 1} before it` : ''}. The pool has replaced it and goes on; run the task again if it may be repeated${quoted(lastWords)}`,
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
