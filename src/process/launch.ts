/** Starts the system's process of a child, or of a spare, with its place in the session. */
import type { ChildProcess } from 'node:child_process';
import { statSync } from 'node:fs';
import { BootstrapError } from '../base/errors.ts';
import type { OwnerWord } from '../memory/participants.ts';
import { session } from '../memory/session.ts';
import { platform } from '../platform/current.ts';
import { childProgram } from './child_program.ts';
import { childEnvironment, type Orders, type SpareOrders, type Work } from './environment.ts';
import { childExecutable } from './executable.ts';

export type Stdio = 'inherit' | 'pipe' | 'ignore';

/** What of a process is fixed, or expensive to change, once it runs. */
export interface Image {
  readonly stdio?: Stdio;
  readonly env?: Record<string, string | undefined>;
  readonly cwd?: string;
  readonly execArgv?: readonly string[];
}

export interface Launched {
  readonly owner: OwnerWord;
  readonly process: ChildProcess;
  readonly pid: number;
}

/** Descriptors at which a child finds what it inherits: Node marks the first 16 close-on-exec when it starts. */
const ARENA_FD = 3;
const DOORBELL_FD = 4;
const LOCK_FD = 5;

/** Throws BootstrapError when the system refuses. */
export function launch(work: Work, image: Image, spare?: SpareOrders): Launched {
  const { owner, doorbell, lock } = session().claimChild(spare !== undefined);
  const { name, daemon } = work.identity;
  session().participants.setDaemonic(owner, daemon);
  let process: ChildProcess;
  try {
    process = spawnProcess(work, image, spare, { owner, doorbell, lock });
  } catch (cause) {
    session().bury(owner);
    throw notStarted(name, image, cause);
  } finally {
    platform().close(doorbell);
    platform().close(lock);
  }
  process.on('error', () => {});
  const { pid } = process;
  if (pid !== undefined) return { owner, process, pid };
  session().bury(owner);
  throw notStarted(name, image);
}

interface Place {
  readonly owner: OwnerWord;
  readonly doorbell: number;
  readonly lock: number;
}

function spawnProcess(work: Work, image: Image, spare: SpareOrders | undefined, { owner, doorbell, lock }: Place): ChildProcess {
  const { arena, directory } = session();
  const { stdio = 'inherit', env, cwd, execArgv } = image;
  const orders: Orders = {
    ...work,
    session: { directory, arenaFd: ARENA_FD, capacity: arena.capacity, doorbellFd: DOORBELL_FD, lockFd: LOCK_FD, self: owner },
    spare,
  };
  const { spawn } = process.getBuiltinModule('node:child_process');
  const { executable, args } = childProgram(execArgv);
  return spawn(executable, [...args, work.identity.name], {
    env: childEnvironment(orders, env),
    cwd,
    stdio: ['ignore', stdio, stdio, arena.fd, doorbell, lock],
  });
}

function notStarted(name: string, { cwd }: Image, cause?: unknown): BootstrapError {
  const why =
    cause instanceof Error
      ? cause.message
      : cwd !== undefined && !statSync(cwd, { throwIfNoEntry: false })?.isDirectory()
        ? `cwd is ${cwd}, which is no folder`
        : `the system refused a new process. Is ${childExecutable()} still there, and is the limit of processes or of open files reached?`;
  return new BootstrapError(`${name} could not be started: ${why}`, { cause });
}
