/** Workers that cannot be started, or end before they are ready: how many in a row, and what is said when there were too many. */
import { inspect } from 'node:util';
import { BootstrapError } from '../base/errors.ts';
import type { Exit } from '../process/child.ts';
import { quoted } from '../process/last_words.ts';
import type { WorkerHandle } from './worker_handle.ts';

/** So many in a row break the pool. */
const MAX_FAILED_STARTS = 3;

export class FailedStarts {
  /** In a row. */
  count = 0;

  /** One has come to life. */
  forget(): void {
    this.count = 0;
  }

  /** True = there were too many. */
  add(): boolean {
    return ++this.count >= MAX_FAILED_STARTS;
  }

  /** Why the pool is broken, by the example of the last one. */
  error({ failure, lastWords }: WorkerHandle, { code, signal }: Exit): BootstrapError {
    const how = signal ? `were ended by ${signal}` : `ended with exit code ${code}`;
    const cause = failure === undefined ? '' : `: ${messageOf(failure)}`;
    return new BootstrapError(
      `the pool is broken: ${this.count} workers in a row ${how} before they were ready${cause}. ${advice(signal)}${quoted(lastWords)}`,
      { cause: failure, stderr: lastWords },
    );
  }

  /** Why the pool is broken, where the last one could not be started at all. */
  refusal(cause: unknown): BootstrapError {
    return new BootstrapError(
      `the pool is broken: ${this.count} workers in a row did not come to life. The last: ${messageOf(cause)}. Make a new pool when there is room for its workers`,
      { cause },
    );
  }
}

function advice(signal: NodeJS.Signals | null): string {
  if (signal === 'SIGKILL')
    return 'Something kills them, as the system does when memory runs out: see its log, try fewer processes, and make a new pool';
  return "Before it is ready a worker imports the initializer's module, and what that imports, and runs the initializer: repair what fails there, and make a new pool";
}

/** A worker that said itself why no worker of the pool can start. */
export function cannotStart({ lastWords }: WorkerHandle, failure: BootstrapError): BootstrapError {
  return Object.assign(failure, { stderr: lastWords });
}

function messageOf(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : inspect(error);
}
