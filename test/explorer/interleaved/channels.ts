/** Queues and pipes: no item is lost or comes twice, those of one sender stay in order, and nobody sleeps for ever. */
import assert from 'node:assert/strict';
import { EOFError } from '#dist/base/errors.js';
import type { Connection } from '#dist/channels/connection.js';
import { PipeConnection } from '#dist/channels/pipe_connection.js';
import { Queue } from '#dist/channels/queue.js';
import { Ring } from '#dist/channels/ring.js';
import { forgetInstance } from '#dist/memory/instances.js';
import { session } from '#dist/memory/session.js';
import { waitSync } from '#dist/wakeup/wait.js';
import type { Scenario, Scenarios } from '../scenario.js';

/** What each worker does: puts these, gets so many, or waits until there is something and leaves it. */
type Part = { readonly put: readonly unknown[] } | { readonly get: number } | 'wait';

const LARGE = 'l'.repeat(9000);
/** Three of these fill a queue's first chunk. */
const MEDIUM = 300;

/** Items are numbers, or numbers with something that makes them larger. */
function numberOf(item: any): number {
  return typeof item === 'number' ? item : item[0];
}

function queue(maxsize: number, parts: readonly Part[], before: readonly unknown[] = []): Scenario<Queue<any>, Queue<any>> {
  const put = [...before, ...parts.flatMap(putBy)].map(numberOf);
  return {
    workers: parts.length,
    prepare() {
      const made = new Queue<any>(maxsize);
      for (const item of before) made.putSync(item);
      const { index, generation } = made.reference;
      return { state: made, numbers: [index, generation] };
    },
    open: ([index, generation]) => Queue.from({ index, generation }),
    run(it, worker) {
      const part = parts[worker];
      if (part === 'wait') {
        waitSync([it], { timeout: 100 });
        return [];
      }
      if ('get' in part) return Array.from({ length: part.get }, () => numberOf(it.getSync()));
      for (const item of part.put) it.putSync(item);
      return [];
    },
    close: (it) => forgetInstance(session(), it, it.reference),
    check(it, results) {
      const left: number[] = [];
      for (let item = it.tryGet(); item !== undefined; item = it.tryGet()) left.push(numberOf(item));
      const got = [...results.flat(), ...left];
      assert.deepEqual(
        got.toSorted((a, b) => a - b),
        put.toSorted((a, b) => a - b),
        'an item is lost, or came twice',
      );
      for (const items of [...results, left]) {
        for (const part of parts) {
          const order = items.filter((item) => putBy(part).some((own) => numberOf(own) === item));
          assert.deepEqual(
            order,
            order.toSorted((a, b) => a - b),
            'items of one putter change places',
          );
        }
      }
      forgetInstance(session(), it, it.reference);
    },
  };
}

function putBy(part: Part): readonly unknown[] {
  return part !== 'wait' && 'put' in part ? part.put : [];
}

const medium = (number: number): unknown => [number, 'm'.repeat(MEDIUM)];
const large = (number: number): unknown => [number, LARGE];

/** What each worker does: sends these and closes (or does not), receives until the end of the stream, receives so many, or polls and leaves what is there. */
type End =
  | { readonly send: readonly unknown[]; readonly stays?: boolean }
  | { readonly receive: number }
  | { readonly poll: true };

/** `capacity`: bytes of the ring, so that some schedules find it full. */
function pipe(capacity: number, ends: readonly End[]): Scenario<Ring, Connection<any, any>> {
  const sent = ends.flatMap((end) => ('send' in end ? end.send : [])).map(numberOf);
  return {
    workers: ends.length,
    prepare() {
      const ring = Ring.create(capacity);
      const { index, generation } = ring.reference;
      return { state: ring, numbers: [index, generation] };
    },
    open([index, generation], worker) {
      const ring = Ring.from({ index, generation });
      return 'send' in ends[worker] ? new PipeConnection(undefined, ring) : new PipeConnection(ring, undefined);
    },
    run(it, worker) {
      const end = ends[worker];
      if ('send' in end) {
        for (const item of end.send) it.sendSync(item);
        if (!end.stays) it.close();
        return [];
      }
      if ('poll' in end) {
        it.pollSync({ timeout: 100 });
        return [];
      }
      return receive(it, end.receive);
    },
    close: (it) => it.close(),
    check(ring, results) {
      const rest = new PipeConnection<any, any>(ring, undefined);
      // One who stays has not closed yet.
      const got = [...results.flat(), ...receive(rest, sent.length - results.flat().length)];
      assert.deepEqual(
        got.toSorted((a, b) => a - b),
        sent.toSorted((a, b) => a - b),
        'a message is lost, or came twice',
      );
      if (ends.length === 2) assert.deepEqual(got, sent, 'messages change places');
      rest.close();
    },
  };
}

function receive(it: Connection<any, any>, count: number): number[] {
  const got: number[] = [];
  try {
    while (got.length < count) got.push(numberOf(it.recvSync()));
  } catch (error) {
    if (!(error instanceof EOFError)) throw error;
  }
  return got;
}

export const scenarios: Scenarios = {
  'Pipe: send and receive': pipe(1024, [{ send: [1, 2] }, { receive: Infinity }]),
  'Pipe, a small one: send and receive': pipe(64, [{ send: [1, 2, 3, 4, 5, 6] }, { receive: Infinity }]),
  'Pipe: two send, one receives': pipe(1024, [{ send: [1, 2] }, { send: [11] }, { receive: Infinity }]),
  'Pipe: one sends, two receive': pipe(1024, [{ send: [1, 2] }, { receive: Infinity }, { receive: Infinity }]),
  'Pipe: two receive one message each': pipe(1024, [{ send: [1, 2] }, { receive: 1 }, { receive: 1 }]),
  'Pipe: one polls, one receives': pipe(1024, [{ send: [1], stays: true }, { poll: true }, { receive: 1 }]),
  'Pipe: a large message': pipe(1024, [{ send: [[1, 'l'.repeat(500)]] }, { receive: 1 }]),
  'Queue: put and get': queue(0, [{ put: [1, 2] }, { get: 2 }]),
  'Queue of one: put and get': queue(1, [{ put: [1, 2, 3] }, { get: 3 }]),
  'Queue: two put, one gets': queue(0, [{ put: [1, 2] }, { put: [11] }, { get: 3 }]),
  'Queue: one puts, two get': queue(0, [{ put: [1, 2] }, { get: 1 }, { get: 1 }]),
  'Queue: one waits for an item, one gets it': queue(0, [{ put: [1] }, 'wait', { get: 1 }]),
  'Queue of one: two put, one gets': queue(1, [{ put: [1, 2] }, { put: [11] }, { get: 3 }]),
  'Queue of one: one puts, two get': queue(1, [{ put: [1, 2, 3] }, { get: 2 }, { get: 1 }]),
  'Queue: two put where a chunk ends': queue(0, [{ put: [medium(11)] }, { put: [medium(21)] }], [1, 2, 3].map(medium)),
  'Queue: two get where a chunk ends': queue(0, [{ get: 2 }, { get: 2 }], [1, 2, 3, 4].map(medium)),
  'Queue: put and get where a chunk ends': queue(0, [{ put: [medium(11)] }, { get: 4 }], [1, 2, 3].map(medium)),
  'Queue: large items': queue(0, [{ put: [large(1)] }, { get: 1 }]),
};
