/** A connection that is sent to another process and never taken there leaves no descriptor open, and its other end hears the end. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import { Pipe, Pool, Process, Queue } from 'multiproc';
import { sweepCollected } from '#dist/memory/collected.js';
import { openDescriptors, until } from '../support/programs.js';
import { type Any, pair } from './support.js';
import { answer, receiveAndAnswer } from './tasks.js';

const skip = !existsSync('/proc/self/fd') && 'reads /proc';

/** Sends it, and sees to it that nobody takes it. */
const UNTAKEN: Record<string, (connection: Any) => Promise<unknown>> = {
  'in the arguments of a child that is killed at once': async (connection) => {
    const child = new Process({ target: answer, args: [connection] }).start();
    child.kill();
    await child.join();
  },
  'in the arguments of a child that was never started': async (connection) => new Process({ target: answer, args: [connection] }),
  'in a pipe that is an argument of a child that is killed at once': async (connection) => {
    const [here, there] = Pipe<any>();
    await here.send(connection);
    const child = new Process({ target: receiveAndAnswer, args: [there] }).start();
    there.close();
    child.kill();
    await child.join();
    here.close();
  },
  'in a pipe that is closed': async (connection) => {
    const [here, there] = Pipe<any>();
    await here.send(connection);
    for (const end of [here, there]) end.close();
  },
  'in a message that waits for room in a pipe that is closed': async (connection) => {
    const [here, there] = Pipe<any>();
    while (here.trySendBytes(Buffer.alloc(1000)));
    const pending = here.send(connection);
    for (const end of [here, there]) end.close();
    await assert.rejects(pending);
  },
  'in a queue that is closed': async (connection) => {
    const queue = new Queue<Any>();
    await queue.put(connection);
    queue.close();
  },
  'in a queue that is dropped': (connection) => new Queue<Any>().put(connection),
  'in tasks of a pool that is terminated': async (connection) => {
    const pool = new Pool(1);
    const results = [1, 2].map(() => pool.apply(answer, [connection]).catch((error: Error) => error.name));
    await pool.terminate();
    assert.deepEqual(await Promise.all(results), ['PoolTerminatedError', 'PoolTerminatedError']);
  },
  'beside what cannot be sent': async (connection) => {
    const [here, there] = Pipe<any>();
    await assert.rejects(here.send([connection, new WeakMap()]), { name: 'SerializationError' });
    for (const end of [here, there]) end.close();
  },
};

for (const [how, sendAway] of Object.entries(UNTAKEN))
  test(how, { skip }, async () => {
    const away = async (): Promise<void> => {
      const [a, b] = await pair('AF_UNIX');
      await sendAway(b);
      b.close();
      await until(
        () => {
          sweepCollected();
          return a.tryPoll();
        },
        () => 'somebody still has the other end open',
      );
      await assert.rejects(a.recv(), { name: 'EOFError' });
      a.close();
    };
    // What the first of its kind opens for good: the keeper, doorbells.
    await away();
    const before = openDescriptors();
    for (let i = 0; i < 3; i++) await away();
    await until(
      () => {
        sweepCollected();
        return openDescriptors() <= before;
      },
      () => `${openDescriptors()} descriptors are open, ${before} were before`,
    );
  });
