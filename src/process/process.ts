/** `Process`: a function run in a process of its own, as in Python. */
import type { Readable } from 'node:stream';
import { checkTimeout, type WaitOptions, type WaitSyncOptions } from '../base/deadlines.ts';
import { ProcessError, SerializationError } from '../base/errors.ts';
import type { AnyFunction } from '../references/any_function.ts';
import { assertNotImporting } from '../references/import_guard.ts';
import { registerReducer } from '../serialization/registry.ts';
import { type SharedWaitable, type WaitState, waitState } from '../wakeup/waitable.ts';
import { checkKey, currentKey, type KeyHolder, setCurrentKey } from './authkey.ts';
import type { Instance } from './call.ts';
import { Child } from './child.ts';
import { Existing } from './existing.ts';
import { currentIdentity, nextChildPath, renameCurrent } from './identity.ts';
import { heedInterrupt } from './interrupt.ts';
import { checkDaemon, checkName, checkOptions, type ProcessOptions } from './process_options.ts';
import { type Sentinel, sentinelOf } from './sentinel.ts';
import { START_METHOD, startMethodOf } from './start_method.ts';
import './traveling_classes.ts';

const processes = new WeakMap<Child, Process>();

/**
 * A process to come, running, or ended.
 *
 * The target is found in the child by importing its module: it must be exported, and what starts processes stands under `isMain(import.meta)`.
 * A subclass may say what its processes do by `run()` instead, and must be exported. Its own fields are there in the child, where `this` is
 * `currentProcess()`; `#private` fields are not, and neither constructor nor field initialisers run there.
 *
 * Only the creator may call start, join, isAlive and the like. Follows CPython's `multiprocessing.Process`.
 */
export class Process<A extends readonly unknown[] = any> implements AsyncDisposable, SharedWaitable {
  #options: ProcessOptions<A>;
  readonly #path: readonly number[];
  /** This process itself, as `currentProcess()` gives it. */
  readonly #isSelf: boolean;
  #name: string;
  #daemon: boolean;
  #authkey: KeyHolder;
  #child: Child | undefined;
  #closed = false;

  constructor(options: ProcessOptions<A> = {} as ProcessOptions<A>) {
    const existing = options instanceof Existing ? options : undefined;
    if (!existing) checkOptions(options);
    this.#options = existing ? ({ ...existing.call } as ProcessOptions<A>) : options;
    this.#path = existing?.identity.path ?? nextChildPath();
    this.#isSelf = existing !== undefined && existing.child === undefined;
    this.#name = existing?.identity.name ?? options.name ?? `Process-${this.#path.join(':')}`;
    this.#daemon = existing?.identity.daemon ?? options.daemon ?? currentIdentity().daemon;
    this.#authkey = currentKey();
    this.#child = existing?.child;
    if (this.#child) processes.set(this.#child, this as Process);
  }

  /** Default: `Process-1`, and `Process-1:2` for the second child of the first. In the child, lock owners and messages show it. */
  get name(): string {
    return this.#name;
  }

  set name(name: string) {
    checkName(name);
    this.#name = name;
    if (this.#isSelf) renameCurrent(name);
  }

  /** A daemonic process ends with its parent, and may start daemonic processes only. */
  get daemon(): boolean {
    return this.#daemon;
  }

  set daemon(daemon: boolean) {
    if (this.#child || this.#isSelf) throw new ProcessError(`${this.name} has started: set daemon before start()`);
    checkDaemon(daemon);
    this.#daemon = daemon;
  }

  /**
   * The key by which listeners and managers know processes of this program: 32 random bytes in the main program, inherited from the creator as it
   * is when the Process is made. May be set before start, and for `currentProcess()` at any time. It does not show itself when printed, and is not sent.
   */
  get authkey(): Buffer {
    return (this.#isSelf ? currentKey() : this.#authkey).key;
  }

  set authkey(key: Buffer | Uint8Array | string) {
    if (this.#child) throw new ProcessError(`${this.name} has started: set authkey before start()`);
    const holder = checkKey(key);
    if (this.#isSelf) setCurrentKey(holder);
    else this.#authkey = holder;
  }

  /** The system's process id, null before start. */
  get pid(): number | null {
    return this.#isSelf ? process.pid : (this.#child?.pid ?? null);
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
    return sentinelOf(this.#started('wait()'))[waitState]();
  }

  /** The child's output when `stdio` is 'pipe', else null. */
  get stdout(): Readable | null {
    return this.#child?.stdout ?? null;
  }

  get stderr(): Readable | null {
    return this.#child?.stderr ?? null;
  }

  /**
   * What the process does, in the child: calls the target with its arguments. A subclass may do something else; it may be async.
   * What it returns is dropped.
   */
  run(): unknown {
    const { target, args = [] } = this.#options;
    return target?.(...(args as A));
  }

  /**
   * Starts the process. Throws FunctionReferenceError or SerializationError when the target, its arguments or the class and fields of this object
   * cannot be sent, BootstrapError where none may be started.
   */
  start(): this {
    this.#checkOpen();
    if (this.#child || this.#isSelf) throw new ProcessError(`${this.name} was started before: make a new Process for each start`);
    assertNotImporting('Process.start()');
    const { target, args = [], stdio, env, cwd, execArgv } = this.#options;
    const identity = { name: this.name, daemon: this.#daemon, path: this.#path, parent: 0 };
    const instance = instanceOf(this);
    const launch = {
      identity,
      method: startMethodOf(this.constructor),
      stdio,
      env,
      cwd,
      execArgv,
      authkey: this.#authkey,
      instance,
    };
    this.#child = new Child([target, args], launch);
    processes.set(this.#child, this as Process);
    // Arguments may be large, or shared: the child has its own.
    this.#options = {} as ProcessOptions<A>;
    return this;
  }

  isAlive(): boolean {
    this.#checkOpen();
    return this.#isSelf || this.#child?.isRunning === true;
  }

  /** Waits for the end. Returns the exit code; null = `timeout` ms have passed. */
  async join(options?: WaitOptions): Promise<number | null> {
    const child = this.#started('join()');
    const timeout = checkTimeout(options);
    const signal = options?.signal;
    signal?.throwIfAborted();
    if (timeout === 0) return child.exitStatus()?.code ?? null;
    return (await child.wait(timeout, signal)) ? (await child.exited).code : null;
  }

  /** The same, blocking the thread. */
  joinSync(options?: WaitSyncOptions): number | null {
    const child = this.#started('joinSync()');
    const timeout = checkTimeout(options);
    if (child.isRunning && timeout > 0) child.waitSync(timeout);
    const status = child.exitStatus();
    heedInterrupt();
    return status?.code ?? null;
  }

  /** The exit code, or null: it has not ended. */
  tryJoin(): number | null {
    return this.#started('tryJoin()').exitStatus()?.code ?? null;
  }

  /** Sends SIGTERM. */
  terminate(): void {
    this.#started('terminate()').kill('SIGTERM');
  }

  /** Sends SIGKILL. */
  kill(): void {
    this.#started('kill()').kill('SIGKILL');
  }

  /** Gives up the handle; the process must have ended. */
  close(): void {
    if (this.#closed) return;
    if (this.#isSelf) throw this.#selfError('close()');
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
    let state = this.#closed ? 'closed' : this.#child || this.#isSelf ? 'started' : 'initial';
    if (status && !this.#closed) state = `stopped exitcode=${status.signal === null ? status.code : `-${status.signal}`}`;
    const pid = this.#child && !this.#closed ? ` pid=${this.#child.pid}` : '';
    const parent = this.#isSelf ? (currentIdentity().creator?.pid ?? 'None') : process.pid;
    const type = this.#isSelf && this.#path.length === 0 ? '_MainProcess' : this.constructor.name;
    return `<${type} name='${this.name}'${pid} parent=${parent} ${state}${this.#daemon ? ' daemon' : ''}>`;
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.toString();
  }

  #checkOpen(): void {
    if (this.#closed) throw new ProcessError(`${this.name} was closed: its handle can no longer be used`);
  }

  #started(what: string): Child {
    this.#checkOpen();
    if (this.#isSelf) throw this.#selfError(what);
    if (!this.#child) throw new ProcessError(`${this.name} has not been started: call start() before ${what}`);
    return this.#child;
  }

  #selfError(what: string): ProcessError {
    return new ProcessError(
      `${what} of ${this.name}, which is this very process: only its creator can do that. To end it, return, or call process.exit()`,
    );
  }
}

/** The Process object of a child. A worker of a pool has none before somebody asks. */
export function processOf(child: Child): Process {
  return processes.get(child) ?? new Process(new Existing(child.identity, { child }) as object);
}

/** How a Process travels to the child: not at all where it is nothing but target and arguments. */
function instanceOf(process: Process): Instance | undefined {
  const own: AnyFunction = Object.getPrototypeOf(process).constructor;
  // A context's class differs in how it is started, which is over in the child.
  const classOf = Object.hasOwn(own, START_METHOD) ? Process : own;
  const fields = Object.fromEntries(Object.entries(process));
  return classOf === Process && Object.keys(fields).length === 0 ? undefined : { class: classOf, fields };
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
