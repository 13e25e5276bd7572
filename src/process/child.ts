/** A started child as its parent sees it: the operating system's process, its place in the session, its end. */

import type { ChildProcess } from 'node:child_process';
import { constants } from 'node:os';
import type { Readable } from 'node:stream';
import { onAbort } from '../base/abort.ts';
import { argumentTypeError } from '../base/errors.ts';
import { announce, type ProcessExit } from '../logging/events.ts';
import { loggingState } from '../logging/logger.ts';
import type { Passenger } from '../memory/object_kinds.ts';
import type { OwnerWord } from '../memory/participants.ts';
import { session } from '../memory/session.ts';
import { platform } from '../platform/current.ts';
import type { AnyFunction } from '../references/any_function.ts';
import { waiting } from '../wakeup/waiting.ts';
import { currentKey, type KeyHolder } from './authkey.ts';
import { encodeCall, type Instance } from './call.ts';
import { adoptChild } from './children.ts';
import { TERMINATE_MS, waitForEnd } from './ending.ts';
import type { Work } from './environment.ts';
import { currentIdentity, type Identity } from './identity.ts';
import { takeLastWords } from './last_words.ts';
import { type Image, launch } from './launch.ts';
import { outputOf } from './output.ts';
import { replaceSpare, requestSpare } from './spare_supply.ts';
import { giveOrders } from './start_block.ts';
import type { StartMethod } from './start_method.ts';
import type { Assignment } from './surroundings.ts';

export interface LaunchOptions extends Image {
  readonly identity: Identity;
  readonly method: StartMethod;
  readonly ignoresInterrupt?: boolean;
  /** A spare will do, whatever the start method is. */
  readonly takesSpare?: boolean;
  /** What it writes last to its standard error is kept for its parent. */
  readonly keepsLastWords?: boolean;
  /** Default: this process's own. */
  readonly authkey?: KeyHolder;
  /** The Process object, where it has to travel. */
  readonly instance?: Instance;
  /** Called with the child's owner word before it gets its orders: to grant it what its call names. */
  readonly prepare?: (child: OwnerWord) => void;
}

export interface Exit {
  /** Exit code; -N when signal N ended it. */
  readonly code: number;
  readonly signal: NodeJS.Signals | null;
}

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
    const work = workOf(options);
    const takesSpare = options.method === 'warm' || options.takesSpare === true;
    const taken = takesSpare ? requestSpare(options) : undefined;
    const { owner, process, pid } = taken?.launched ?? launch(work, options);
    this.owner = owner;
    if (taken) session().participants.setDaemonic(owner, identity.daemon);
    this.pid = pid;
    this.#process = process;
    this.exited = this.#watch();
    this.stdout = outputOf(this.#process.stdout, identity.daemon);
    this.stderr = outputOf(this.#process.stderr, identity.daemon);
    if (!identity.daemon) this.#keepers = 1;
    this.keepAlive(0);
    adoptChild(this);
    announce('multiproc:process.start', () => ({ name: identity.name, pid, daemon: identity.daemon }));
    this.#instruct(taken ? { work, change: taken.change } : null, call, options);
    if (takesSpare) replaceSpare();
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

  /** The end of what it wrote to its standard error, and it can be had once: after the exit of a child that keeps it. */
  takeLastWords(): string {
    return takeLastWords(session().directory, this.owner);
  }

  /** The parent's event loop has one reason more (+1) or less (-1) to wait for it, or as many (0). */
  keepAlive(change: 1 | 0 | -1): void {
    this.#keepers += change;
    if (this.#keepers > 0) this.#process.ref();
    else this.#process.unref();
  }

  /** Waits for the end, and keeps the event loop alive meanwhile. False = `timeout` ms have passed. Rejects with the signal's reason. */
  async wait(timeout: number, signal: AbortSignal | undefined): Promise<boolean> {
    this.keepAlive(1);
    let timer: NodeJS.Timeout | undefined;
    let ignoreAbort: (() => void) | undefined;
    try {
      return await new Promise<boolean>((resolve, reject) => {
        this.exited.then(() => resolve(true));
        if (timeout !== Infinity) timer = setTimeout(() => resolve(false), Math.min(timeout, 2 ** 31 - 1));
        ignoreAbort = signal && onAbort(signal, () => reject(signal.reason));
      });
    } finally {
      clearTimeout(timer);
      ignoreAbort?.();
      this.keepAlive(-1);
    }
  }

  /** Sleeps until the process has ended, or `giveUp` says so, asked at each wake-up. False = that, or `timeout` ms have passed. */
  waitSync(timeout: number, giveUp?: () => boolean): boolean {
    return waitForEnd(this.pid, timeout, () => this.isRunning, giveUp);
  }

  #instruct(assignment: Assignment | null, [target, args]: readonly [unknown, readonly unknown[]], options: LaunchOptions): void {
    const { prepare, instance, authkey = currentKey() } = options;
    const passengers: Passenger[] = [];
    try {
      prepare?.(this.owner);
      const call = { argv: process.argv.map(String), authkey: authkey.key, instance, target: target as AnyFunction, args };
      giveOrders(session(), this.owner, encodeCall(assignment, call, passengers), passengers);
      // The orders hold for themselves what is in them: see the keeper of descriptors.
      passengers.length = 0;
    } catch (error) {
      this.#process.kill('SIGKILL');
      throw error;
    }
    waiting().doorbells.ring(this.owner);
  }

  #watch(): Promise<Exit> {
    return new Promise((resolve) => {
      this.#process.once('exit', (code, signal) => {
        const exit = exitOf(code, signal);
        this.#exit = exit;
        if (this.pid !== undefined) announce('multiproc:process.exit', () => exitEvent(this, exit));
        session().bury(this.owner);
        // Most children clean up after themselves: then nobody tells of the death.
        waiting().doorbells.forget(this.owner);
        // libuv reaps all that have ended, then tells of one after the other. Those who wait go on when it has told of all: exitStatus() knows them by then.
        setImmediate(() => resolve(exit));
      });
    });
  }
}

/** @internal What events tell of an end. */
export function exitEvent({ identity, pid }: Child, { code, signal }: Exit): ProcessExit {
  return { name: identity.name, pid, exitCode: code, signal };
}

function exitOf(code: number | null, signal: NodeJS.Signals | null): Exit {
  return { code: code ?? -(signal === null ? 1 : (signalNumbers[signal] ?? 1)), signal };
}

function workOf({ identity, method, ignoresInterrupt = false, keepsLastWords = false, stdio }: LaunchOptions): Work {
  return {
    identity: { ...identity, parent: session().self, creator: { name: currentIdentity().name, pid: process.pid } },
    startMethod: method,
    ignoresInterrupt,
    pipesOutput: stdio === 'pipe',
    keepsLastWords,
    logging: loggingState(),
  };
}
