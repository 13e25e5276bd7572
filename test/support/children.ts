/** Children for tests of the layers below processes: real Node processes that join this one's session. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { OwnerWord } from '#dist/memory/participants.js';
import { session } from '#dist/memory/session.js';
import { platform } from '#dist/platform/current.js';
import { giveOrders } from '#dist/process/start_block.js';
import { encode } from '#dist/serialization/codec.js';
import type { Passengers } from '#dist/serialization/shared_objects.js';
import { waiting } from '#dist/wakeup/waiting.js';

export interface Child {
  readonly process: ChildProcess;
  readonly owner: OwnerWord;
  /** The next message that the child sends with `tell`. */
  told(): Promise<any>;
  /** Its exit code or signal, after its participant has been cleaned up. */
  readonly exit: Promise<number | string>;
  /** SIGKILL, and the clean-up. */
  kill(): Promise<void>;
}

/** Starts `program` (a module beside the test) with `args`, which it gets from `join()`; they may hold shared objects. */
export function startChild(program: string, from: ImportMeta, ...args: unknown[]): Child {
  const { arena, directory } = session();
  const { owner, doorbell, lock } = session().claimChild();
  const context: Passengers = { passengers: [] };
  const bytes = Buffer.from(encode(args, context));
  giveOrders(session(), owner, bytes, context.passengers);
  const address = { directory, arenaFd: 3, capacity: arena.capacity, doorbellFd: 4, lockFd: 5, self: owner };
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  const child = spawn(process.execPath, [fileURLToPath(new URL(program, from.url))], {
    stdio: ['ignore', 'inherit', 'inherit', arena.fd, doorbell, lock, 'ipc'],
    env: {
      ...env,
      TEST_ADDRESS: JSON.stringify(address),
    },
  });
  platform().close(doorbell);
  platform().close(lock);
  const messages: unknown[] = [];
  const listeners: ((message: unknown) => void)[] = [];
  child.on('message', (message) => {
    const listener = listeners.shift();
    if (listener) listener(message);
    else messages.push(message);
  });
  const exit = once(child, 'exit').then(([code, signal]) => {
    waiting().doorbells.probe(owner);
    for (const listener of listeners) listener(undefined);
    return (signal ?? code) as number | string;
  });
  return {
    process: child,
    owner,
    exit,
    told: () => (messages.length > 0 ? Promise.resolve(messages.shift()) : new Promise((resolve) => listeners.push(resolve))),
    kill: async () => {
      child.kill('SIGKILL');
      await exit;
    },
  };
}
