/** Messages that carry a lock and an end of a pipe: whoever is killed, they arrive or go, and the counts of ends are right. */
import assert from 'node:assert/strict';
import type { Connection } from '#dist/channels/connection.js';
import { Pipe } from '#dist/channels/pipe.js';
import { Queue } from '#dist/channels/queue.js';
import { sweepCollected } from '#dist/memory/collected.js';
import { forgetInstance } from '#dist/memory/instances.js';
import { Header } from '#dist/memory/layout.js';
import { session } from '#dist/memory/session.js';
import { load } from '#dist/platform/atomics.js';
import { Lock } from '#dist/sync/lock.js';
import type { KillScenario, KillScenarios } from '../kill_scenario.js';

interface Message {
  readonly lock: Lock;
  readonly end: Connection<any, any>;
}

interface State extends Message {
  readonly before: number;
  readonly queue: Queue<unknown>;
  readonly reader: Connection<any, any>;
  readonly writer: Connection<any, any>;
  /** The other end of the pipe, one of whose ends the message carries. */
  readonly other: Connection<any, any>;
}

/** Objects in use, once those that nobody can reach are gone. */
function liveObjects(): number {
  sweepCollected();
  session().collector.collect();
  return load(session().arena.words, Header.LIVE_OBJECTS);
}

function passing(
  channel: (state: State) => unknown,
  run: (channel: any, message: Message | null) => unknown,
  sent?: (state: State, message: Message) => void,
): KillScenario<State> {
  return {
    // Objects are counted.
    alone: true,
    prepare() {
      const before = liveObjects();
      const queue = new Queue<unknown>();
      const [reader, writer] = Pipe<unknown>(false);
      const [end, other] = Pipe<unknown>(false);
      const message = { lock: new Lock(), end };
      const state = { before, queue, reader, writer, other, ...message };
      sent?.(state, message);
      return { state, args: [channel(state), sent ? null : message] };
    },
    run,
    check({ before, queue, reader, writer, other, lock, end }) {
      queue.tryGet();
      reader.tryRecv();
      // Without the reader here nobody is left who could read.
      end.close();
      sweepCollected();
      assert.throws(() => other.sendSync('x'), { name: 'BrokenPipeError' });
      for (const connection of [reader, writer, other]) connection.close();
      for (const object of [queue, lock]) forgetInstance(session(), object, object.reference);
      assert.equal(liveObjects(), before);
    },
  };
}

export const scenarios: KillScenarios = {
  'put of a message that carries a lock and an end of a pipe': passing(
    ({ queue }) => queue,
    (queue: Queue<unknown>, message) => queue.putSync(message),
  ),
  'get of a message that carries a lock and an end of a pipe': passing(
    ({ queue }) => queue,
    (queue: Queue<unknown>) => queue.getSync(),
    ({ queue }, message) => queue.putSync(message),
  ),
  'send of a message that carries a lock and an end of a pipe': passing(
    ({ writer }) => writer,
    (writer: Connection<any, any>, message) => writer.sendSync(message),
  ),
  'recv of a message that carries a lock and an end of a pipe': passing(
    ({ reader }) => reader,
    (reader: Connection<any, any>) => reader.recvSync(),
    ({ writer }, message) => writer.sendSync(message),
  ),
};
