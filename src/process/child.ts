/** A started child as its parent sees it: the operating system's process, its place in the session, its end. */
import type { ChildProcess } from 'node:child_process';
import { statSync } from 'node:fs';
import { constants } from 'node:os';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { argumentTypeError, BootstrapError, FunctionReferenceError, SerializationError } from '../base/errors.ts';
import type { Passenger } from '../memory/object_kinds.ts';
import type { OwnerWord } from '../memory/participants.ts';
import { session } from '../memory/session.ts';
import { platform } from '../platform/current.ts';
import { Writer } from '../serialization/writer.ts';
import { waiting } from '../wakeup/waiting.ts';
import { adoptChild } from './children.ts';
import { TERMINATE_MS } from './ending.ts';
import { childEnvironment, inheritedExecArgv, type Orders } from './environment.ts';
import { currentIdentity, type Identity } from './identity.ts';
import { outputOf } from './output.ts';
import { giveOrders } from './start_block.ts';

export type Stdio = 'inherit' | 'pipe' | 'ignore';

export interface LaunchOptions {
  readonly identity: Identity;
  readonly stdio?: Stdio;
  readonly env?: Record<string, string | undefined>;
  readonly cwd?: string;
  readonly execArgv?: readonly string[];
  readonly ignoresInterrupt?: boolean;
  /** Called with the child's owner word before it gets its orders: to grant it what its call names. */
  readonly prepare?: (child: OwnerWord) => void;
}

export interface Exit {
  /** Exit code; -N when signal N ended it. */
  readonly code: number;
  readonly signal: NodeJS.Signals | null;
}

/** Descriptors at which a child finds what it inherits: Node marks the first 16 close-on-exec when it starts. */
const ARENA_FD = 3;
const DOORBELL_FD = 4;
const LOCK_FD = 5;
const BOOTSTRAP = fileURLToPath(new URL('./bootstrap.js', import.meta.url));

const signalNumbers: Readonly<Record<string, number>> = constants.signals;
const signalNames = new Map(Object.entries(signalNumbers).map(([name, number]) => [number, name as NodeJS.Signals]));

export class Child {
  readonly owner: OwnerWord;
  readonly pid: number;
  readonly identity: Identity;
  /** Output where `stdio` is 'pipe', else null. */
  readonly stdout: Readable | null;
  readonly stderr: Readable | null;
  /** Settles when the process has ended and was cleaned up after. */
  readonly exited: Promise<Exit>;
  readonly #process: ChildProcess;
  #exit: Exit | undefined;
  /** Reasons for which the event loop waits for it. */
  #keepers = 0;

  /** Starts a process, then encodes what it shall do while it boots. Throws what the encoding throws; the process is ended then. */
  constructor(call: readonly [target: unknown, args: readonly unknown[]], options: LaunchOptions) {
    const { identity } = options;
    this.identity = identity;
    if (currentIdentity().daemon && !identity.daemon) {
      throw argumentTypeError(
        `${identity.name} is not daemonic, and a daemonic process may start daemonic ones only: pass { daemon: true }`,
      );
    }
    const { owner, doorbell, lock } = session().claimChild();
    this.owner = owner;
    if (identity.daemon) session().participants.setDaemonic(owner);
    try {
      this.#process = launch(options, owner, doorbell, lock);
    } catch (cause) {
      session().bury(owner);
      throw notStarted(options, cause);
    } finally {
      platform().close(doorbell);
      platform().close(lock);
    }
    this.exited = this.#watch();
    const { pid } = this.#process;
    if (pid === undefined) {
      session().bury(owner);
      throw notStarted(options);
    }
    this.pid = pid;
    this.stdout = outputOf(this.#process.stdout, identity.daemon);
    this.stderr = outputOf(this.#process.stderr, identity.daemon);
    if (identity.daemon) this.#process.unref();
    else this.#keepers = 1;
    adoptChild(this);
    this.#instruct(call, options);
  }

  /** False also where the event loop has not heard of the end yet. */
  get isRunning(): boolean {
    return this.#exit === undefined && platform().peekExit(this.pid) === undefined;
  }

  /**
   * The exit status, also before the event loop has heard of it; null while it runs.
   * (And null in a listener that hears of another process's end in the very moment in which libuv has taken this one's status.)
   */
  exitStatus(): Exit | null {
    if (this.#exit) return this.#exit;
    const status = platform().peekExit(this.pid);
    if (!status) return null;
    return status.signal === null ? { code: status.code!, signal: null } : exitOf(null, signalNames.get(status.signal) ?? null);
  }

  kill(signal: NodeJS.Signals): void {
    if (this.isRunning) this.#process.kill(signal);
  }

  /** SIGTERM, and SIGKILL if that does not help. */
  end(): void {
    this.kill('SIGTERM');
    const timer = setTimeout(() => this.kill('SIGKILL'), TERMINATE_MS).unref();
    this.exited.then(() => clearTimeout(timer));
  }

  /** The parent's event loop has one reason more (+1) or less (-1) to wait for it. */
  keepAlive(change: 1 | -1): void {
    this.#keepers += change;
    if (this.#keepers > 0) this.#process.ref();
    else this.#process.unref();
  }

  /** Sleeps until the process has ended, or `giveUp` says so, asked at each wake-up. False = that, or `timeout` ms have passed. */
  waitSync(timeout: number, giveUp?: () => boolean): boolean {
    const pidfd = platform().openProcess(this.pid);
    const attempt = (): boolean | undefined => (this.isRunning ? (giveUp?.() ? false : undefined) : true);
    try {
      return waiting().waitSync([], attempt, { timeout }, pidfd === null ? [] : [pidfd]) === true;
    } finally {
      if (pidfd !== null) platform().close(pidfd);
    }
  }

  #instruct(call: readonly [unknown, readonly unknown[]], { prepare }: LaunchOptions): void {
    const passengers: Passenger[] = [];
    try {
      prepare?.(this.owner);
      const writer = new Writer();
      writer.begin({ passengers });
      // Not in the environment, where one string holds 128 KiB at the most.
      writer.write(process.argv.map(String));
      writer.write(call[0], 'target');
      writer.write(call[1], 'args');
      giveOrders(session(), this.owner, writer.finish(), passengers);
    } catch (error) {
      this.#process.kill('SIGKILL');
      // The target itself is not a part of a value: its own error says everything.
      throw error instanceof SerializationError && error.path === 'target' && error.cause instanceof FunctionReferenceError
        ? error.cause
        : error;
    }
    waiting().doorbells.ring(this.owner);
  }

  #watch(): Promise<Exit> {
    return new Promise((resolve) => {
      this.#process.on('error', () => {});
      this.#process.once('exit', (code, signal) => {
        const exit = exitOf(code, signal);
        this.#exit = exit;
        session().bury(this.owner);
        // Most children clean up after themselves: then nobody tells of the death.
        waiting().doorbells.forget(this.owner);
        // libuv reaps all that have ended, then tells of one after the other. Those who wait go on when it has told of all: exitStatus() knows them by then.
        setImmediate(() => resolve(exit));
      });
    });
  }
}

function launch(options: LaunchOptions, owner: OwnerWord, doorbell: number, lock: number): ChildProcess {
  const { arena, directory, participants } = session();
  const { identity, stdio = 'inherit', env, cwd, execArgv } = options;
  const orders: Orders = {
    session: { directory, arenaFd: ARENA_FD, capacity: arena.capacity, doorbellFd: DOORBELL_FD, lockFd: LOCK_FD, self: owner },
    identity: { ...identity, parent: participants.self },
    ignoresInterrupt: options.ignoresInterrupt === true,
    pipesOutput: stdio === 'pipe',
  };
  const { spawn } = process.getBuiltinModule('node:child_process');
  return spawn(process.execPath, [...(execArgv ?? inheritedExecArgv(process.execArgv)), BOOTSTRAP, identity.name], {
    env: childEnvironment(orders, env),
    cwd,
    stdio: ['ignore', stdio, stdio, arena.fd, doorbell, lock],
  });
}

function notStarted({ identity, cwd }: LaunchOptions, cause?: unknown): BootstrapError {
  const why =
    cause instanceof Error
      ? cause.message
      : cwd !== undefined && !statSync(cwd, { throwIfNoEntry: false })?.isDirectory()
        ? `cwd is ${cwd}, which is no folder`
        : `the system refused a new process. Is ${process.execPath} still there, and is the limit of processes or of open files reached?`;
  return new BootstrapError(`${identity.name} could not be started: ${why}`, { cause });
}

function exitOf(code: number | null, signal: NodeJS.Signals | null): Exit {
  return { code: code ?? -(signal === null ? 1 : (signalNumbers[signal] ?? 1)), signal };
}
