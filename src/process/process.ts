/** `Process`: a function run in a process of its own, as in Python. */
import type { Readable } from 'node:stream';
import { checkTimeout, type WaitOptions, type WaitSyncOptions } from '../base/deadlines.ts';
import { argumentTypeError, ProcessError, SerializationError } from '../base/errors.ts';
import { assertNotImporting } from '../references/import_guard.ts';
import { registerReducer } from '../serialization/registry.ts';
import { type SharedWaitable, type WaitState, waitState } from '../wakeup/waitable.ts';
import { Child, type Stdio } from './child.ts';
import { currentIdentity, nextChildPath } from './identity.ts';
import { heedInterrupt } from './interrupt.ts';
import { type Sentinel, sentinelOf } from './sentinel.ts';
import './traveling_classes.ts';

export type ProcessOptions<A extends readonly unknown[]> = {
  /** Default: `Process-1`, and `Process-1:2` for the second child of the first. */
  name?: string;
  /** A daemonic process ends with its parent, however that ends. Default: as the creator. */
  daemon?: boolean;
  /** Where standard output and error go. Standard input is always empty. A child whose piped output nobody reads stops when the pipe is full. Default: 'inherit'. */
  stdio?: Stdio;
  /** Added to (undefined: removed from) the inherited environment. */
  env?: Record<string, string | undefined>;
  cwd?: string;
  /** Node's own options for the child. Default: this process's. */
  execArgv?: readonly string[];
} & (
  | ({ /** An exported function; sync or async. */ target: (...args: A) => unknown } & ([] extends A
      ? { args?: readonly [...A] }
      : { args: readonly [...A] }))
  | { target?: never; args?: never }
);

const processes = new WeakMap<Child, Process>();

/**
 * A process to come, running, or ended.
 *
 * The target is found in the child by importing its module: it must be exported, and what starts processes stands under `isMain(import.meta)`.
 * Only the creator may call start, join and the like. Follows CPython's `multiprocessing.Process`.
 */
export class Process<A extends readonly unknown[] = any> implements AsyncDisposable, SharedWaitable {
  name: string;
  readonly #options: ProcessOptions<A>;
  #daemon: boolean;
  #child: Child | undefined;
  #path: readonly number[];
  #closed = false;

  constructor(options: ProcessOptions<A> = {} as ProcessOptions<A>) {
    checkOptions(options);
    this.#options = options;
    this.#path = nextChildPath();
    this.name = options.name ?? `Process-${this.#path.join(':')}`;
    this.#daemon = options.daemon ?? currentIdentity().daemon;
  }

  get daemon(): boolean {
    return this.#daemon;
  }

  set daemon(daemon: boolean) {
    if (this.#child) throw new ProcessError(`${this.name} has started: set daemon before start()`);
    this.#daemon = daemon;
  }

  /** The system's process id, null before start. */
  get pid(): number | null {
    return this.#child?.pid ?? null;
  }

  /** null before the end; then the exit code, or -N when signal N ended the process. */
  get exitCode(): number | null {
    return this.#child?.exitStatus()?.code ?? null;
  }

  /** The name of the signal that ended the process, or null. */
  get signalCode(): NodeJS.Signals | null {
    return this.#child?.exitStatus()?.signal ?? null;
  }

  /** The process's end, for `wait()` together with other things. Always the same object. Throws ProcessError before start, and after `close()`. */
  get sentinel(): Sentinel {
    return sentinelOf(this.#started('sentinel'));
  }

  /** @internal */
  [waitState](): WaitState {
    return sentinelOf(this.#started('wait'))[waitState]();
  }

  /** The child's output when `stdio` is 'pipe', else null. */
  get stdout(): Readable | null {
    return this.#child?.stdout ?? null;
  }

  get stderr(): Readable | null {
    return this.#child?.stderr ?? null;
  }

  /** Starts the process. Throws FunctionReferenceError or SerializationError when target or args cannot be sent, BootstrapError where none may be started. */
  start(): this {
    this.#checkOpen();
    if (this.#child) throw new ProcessError(`${this.name} was started before: make a new Process for each start`);
    // Python's other way to say what a process does: without this the child would do nothing, and end as if all were well.
    if ('run' in this)
      throw new ProcessError(`${this.name} has a run() method, which is not supported yet: give an exported function as target`);
    assertNotImporting('Process.start()');
    const { target, args = [], stdio, env, cwd, execArgv } = this.#options;
    const identity = { name: this.name, daemon: this.#daemon, path: this.#path, parent: 0 };
    this.#child = new Child([target, args], { identity, stdio, env, cwd, execArgv });
    processes.set(this.#child, this as Process);
    return this;
  }

  isAlive(): boolean {
    this.#checkOpen();
    return this.#child?.isRunning === true;
  }

  /** Waits for the end. Returns the exit code; null = `timeout` ms have passed. */
  async join(options?: WaitOptions): Promise<number | null> {
    const child = this.#started('join');
    const timeout = checkTimeout(options);
    const signal = options?.signal;
    signal?.throwIfAborted();
    if (timeout === 0) return child.exitStatus()?.code ?? null;
    child.keepAlive(1);
    const limits = new AbortController();
    try {
      return await Promise.race([
        child.exited.then(({ code }) => code),
        timedOut(timeout, limits.signal),
        aborted(signal, limits.signal),
      ]);
    } finally {
      limits.abort();
      child.keepAlive(-1);
    }
  }

  /** The same, blocking the thread. */
  joinSync(options?: WaitSyncOptions): number | null {
    const child = this.#started('join');
    const timeout = checkTimeout(options);
    if (child.isRunning && timeout > 0) child.waitSync(timeout);
    const status = child.exitStatus();
    heedInterrupt();
    return status?.code ?? null;
  }

  /** Sends SIGTERM. */
  terminate(): void {
    this.#started('terminate').kill('SIGTERM');
  }

  /** Sends SIGKILL. */
  kill(): void {
    this.#started('kill').kill('SIGKILL');
  }

  /** Gives up the handle; the process must have ended. */
  close(): void {
    if (this.#closed) return;
    if (this.#child?.isRunning) throw new ProcessError(`${this.name} is still running: join() or terminate() it before close()`);
    this.#closed = true;
  }

  /** Terminates the process if it runs, and joins it. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#closed && this.#child) {
      this.#child.kill('SIGTERM');
      await this.join();
    }
    this.close();
  }

  toString(): string {
    const status = this.#child?.exitStatus();
    let state = this.#closed ? 'closed' : this.#child ? 'started' : 'initial';
    if (status && !this.#closed) state = `stopped exitcode=${status.signal === null ? status.code : `-${status.signal}`}`;
    const pid = this.#child && !this.#closed ? ` pid=${this.#child.pid}` : '';
    const type = this.constructor.name;
    return `<${type} name='${this.name}'${pid} parent=${process.pid} ${state}${this.#daemon ? ' daemon' : ''}>`;
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.toString();
  }

  #checkOpen(): void {
    if (this.#closed) throw new ProcessError(`${this.name} was closed: its handle can no longer be used`);
  }

  #started(what: string): Child {
    this.#checkOpen();
    if (!this.#child) throw new ProcessError(`${this.name} has not been started: call start() before ${what}()`);
    return this.#child;
  }
}

registerReducer(
  Process,
  (process): never => {
    throw new SerializationError(
      `${process.name} cannot be sent: only its creator has its handle. Send its pid, or what the receiver is to know`,
    );
  },
  (value: never) => value,
);

function checkOptions(options: ProcessOptions<any>): void {
  if (typeof options !== 'object' || options === null) {
    const fix = typeof options === 'function' ? ': write new Process({ target: work })' : '';
    throw argumentTypeError(`the options of a Process must be an object, not ${kindOf(options)}${fix}`);
  }
  const { target, args, name, stdio, daemon, env, cwd, execArgv } = options;
  if (target !== undefined && typeof target !== 'function') {
    throw argumentTypeError(
      `target must be a function, not ${kindOf(target)}: pass the function itself, as in { target: work, args: [1] }`,
    );
  }
  if (args !== undefined && !Array.isArray(args))
    throw argumentTypeError(`args must be an array, not ${kindOf(args)}: write { args: [value] }`);
  if (name !== undefined && typeof name !== 'string') throw argumentTypeError(`name must be a string, not ${kindOf(name)}`);
  if (stdio !== undefined && !['inherit', 'pipe', 'ignore'].includes(stdio))
    throw argumentTypeError(`stdio must be 'inherit', 'pipe' or 'ignore', not ${String(stdio)}`);
  if (daemon !== undefined && typeof daemon !== 'boolean')
    throw argumentTypeError(`daemon must be true or false, not ${kindOf(daemon)}`);
  if (env !== undefined && (typeof env !== 'object' || env === null))
    throw argumentTypeError(`env must be an object like { NAME: 'value' }, not ${kindOf(env)}`);
  if (cwd !== undefined && typeof cwd !== 'string') throw argumentTypeError(`cwd must be a string, not ${kindOf(cwd)}`);
  if (execArgv !== undefined && !(Array.isArray(execArgv) && execArgv.every((option) => typeof option === 'string')))
    throw argumentTypeError(`execArgv must be an array of strings, like ['--import', 'tsx'], not ${kindOf(execArgv)}`);
}

function kindOf(value: unknown): string {
  return value === null ? 'null' : Array.isArray(value) ? 'an array of other things' : typeof value;
}

function timedOut(timeout: number, end: AbortSignal): Promise<null> {
  return new Promise((resolve) => {
    if (timeout === Infinity) return;
    const timer = setTimeout(() => resolve(null), Math.min(timeout, 2 ** 31 - 1));
    end.addEventListener('abort', () => clearTimeout(timer), { once: true });
  });
}

function aborted(signal: AbortSignal | undefined, end: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal?.addEventListener('abort', () => reject(signal.reason), { once: true, signal: end });
  });
}
