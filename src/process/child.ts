/** A started child as its parent sees it: the operating system's process, its place in the session, its end. */
import { type ChildProcess, spawn } from 'node:child_process';
import { constants } from 'node:os';
import { fileURLToPath } from 'node:url';
import { argumentTypeError, BootstrapError, FunctionReferenceError, SerializationError } from '../base/errors.ts';
import type { Passenger } from '../memory/objects.ts';
import type { OwnerWord } from '../memory/participants.ts';
import { session } from '../memory/session.ts';
import { platform } from '../platform/current.ts';
import { Writer } from '../serialization/writer.ts';
import { waiting } from '../wakeup/waiting.ts';
import { adoptChild } from './children.ts';
import { TERMINATE_MS } from './ending.ts';
import { childEnvironment, inheritedExecArgv, type Orders } from './environment.ts';
import { currentIdentity, type Identity } from './identity.ts';
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

/** Descriptors at which a child finds the arena and its doorbell: Node marks the first 16 close-on-exec when it starts. */
const ARENA_FD = 3;
const DOORBELL_FD = 4;
const BOOTSTRAP = fileURLToPath(new URL('./bootstrap.js', import.meta.url));

const signalNumbers: Readonly<Record<string, number>> = constants.signals;
const signalNames = new Map(Object.entries(signalNumbers).map(([name, number]) => [number, name as NodeJS.Signals]));

export class Child {
  readonly owner: OwnerWord;
  readonly process: ChildProcess;
  readonly pid: number;
  readonly identity: Identity;
  /** Settles when the process has ended and was cleaned up after. */
  readonly exited: Promise<Exit>;
  #exit: Exit | undefined;

  /** Starts a process, then encodes what it shall do while it boots. Throws what the encoding throws; the process is ended then. */
  constructor(call: readonly [target: unknown, args: readonly unknown[]], options: LaunchOptions) {
    this.identity = options.identity;
    if (currentIdentity().daemon && !options.identity.daemon) {
      throw argumentTypeError(
        `${options.identity.name} is not daemonic, and a daemonic process may start daemonic ones only: pass { daemon: true }`,
      );
    }
    const { participants, arena, directory } = session();
    const { owner, doorbell } = session().claimChild();
    this.owner = owner;
    const orders: Orders = {
      session: { directory, arenaFd: ARENA_FD, doorbellFd: DOORBELL_FD, self: owner },
      identity: { ...options.identity, parent: participants.self },
      argv: process.argv,
      ignoresInterrupt: options.ignoresInterrupt === true,
    };
    const output = options.stdio ?? 'inherit';
    this.process = spawn(process.execPath, [...inheritedExecArgv(options.execArgv), BOOTSTRAP, options.identity.name], {
      env: childEnvironment(orders, options.env),
      cwd: options.cwd,
      stdio: ['ignore', output, output, arena.fd, doorbell],
    });
    platform().close(doorbell);
    const { pid } = this.process;
    this.exited = this.#watch();
    if (pid === undefined) throw this.#notStarted();
    this.pid = pid;
    adoptChild(this);
    this.#instruct(call, options);
  }

  /** The exit status, also before the event loop has heard of it; null while it runs. */
  exitStatus(): Exit | null {
    if (this.#exit) return this.#exit;
    const status = platform().peekExit(this.pid);
    if (!status) return null;
    return status.signal === null ? { code: status.code!, signal: null } : exitOf(null, signalNames.get(status.signal) ?? null);
  }

  kill(signal: NodeJS.Signals): void {
    if (!this.exitStatus()) this.process.kill(signal);
  }

  /** SIGTERM, and SIGKILL if that does not help. */
  end(): void {
    this.kill('SIGTERM');
    const timer = setTimeout(() => this.kill('SIGKILL'), TERMINATE_MS).unref();
    this.exited.then(() => clearTimeout(timer));
  }

  /** Whether the parent's event loop waits for it. */
  set keepsAlive(keep: boolean) {
    if (keep) this.process.ref();
    else this.process.unref();
  }

  /** Sleeps until the process has ended. False = `timeout` ms have passed. */
  waitSync(timeout: number): boolean {
    const pidfd = platform().openProcess(this.pid);
    try {
      return (
        waiting().waitSync([], () => (this.exitStatus() ? true : undefined), { timeout }, pidfd === null ? [] : [pidfd]) === true
      );
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
      writer.write(call[0], 'target');
      writer.write(call[1], 'args');
      giveOrders(session(), this.owner, writer.finish(), passengers);
    } catch (error) {
      this.process.kill('SIGKILL');
      // The target itself is not a part of a value: its own error says everything.
      throw error instanceof SerializationError && error.path === 'target' && error.cause instanceof FunctionReferenceError
        ? error.cause
        : error;
    }
    waiting().doorbells.ring(this.owner);
  }

  #watch(): Promise<Exit> {
    return new Promise((resolve) => {
      this.process.on('error', () => {});
      this.process.once('exit', (code, signal) => {
        this.#exit = exitOf(code, signal);
        session().bury(this.owner);
        resolve(this.#exit);
      });
    });
  }

  #notStarted(): BootstrapError {
    session().bury(this.owner);
    return new BootstrapError(
      `${this.identity.name} could not be started: the system refused a new process. Is ${process.execPath} still there, does the folder to start in exist, and is the limit of processes reached?`,
    );
  }
}

function exitOf(code: number | null, signal: NodeJS.Signals | null): Exit {
  return { code: code ?? -(signal === null ? 1 : (signalNumbers[signal] ?? 1)), signal };
}
