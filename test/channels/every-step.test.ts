import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Pipe } from '#dist/channels/pipe.js';
import { Queue } from '#dist/channels/queue.js';
import { fsck } from '#dist/memory/fsck.js';
import { forgetInstance } from '#dist/memory/instances.js';
import { session } from '#dist/memory/session.js';
import { Lock } from '#dist/sync/lock.js';
import { startChild } from '../support/children.js';

/** 1 = a process is killed at each step of each operation (a few minutes); by default at every STRIDE-th, from a first one that changes from day to day. */
const STRIDE = Number(process.env.KILL_STRIDE ?? 5);
const FIRST = 1 + (Math.floor(Date.now() / 86_400_000) % STRIDE);
const AT_ONCE = 3;

interface Scenario {
  readonly operation: string;
  readonly size: number;
  /** Makes the object, and returns the check of what is left after the kill. */
  prepare(): { object: unknown; check(): void };
}

const small = 300;
const large = 40_000;

/** Fills the first chunk (of about 960 bytes) so that the next item needs another one. */
const filler = 'f'.repeat(small);

function queueScenario(operation: 'put' | 'get', size: number, before: readonly string[]): Scenario {
  return {
    operation,
    size,
    prepare() {
      const queue = new Queue<string>();
      queue.putManySync(before);
      return {
        object: queue,
        check() {
          const item = 's'.repeat(size);
          const left: string[] = [];
          for (let i = queue.qsize(); i > 0; i--) left.push(queue.getSync({ timeout: 0 }));
          const expected = operation === 'put' ? [before, [...before, item]] : [before, before.slice(1)];
          assert.ok(
            expected.some((items) => items.length === left.length && items.every((text, i) => text === left[i])),
            'all or nothing',
          );
          queue.putManySync([item, filler]);
          assert.deepEqual(queue.getManySync(5), [item, filler]);
          forgetInstance(session(), queue, queue.reference);
        },
      };
    },
  };
}

function pipeScenario(operation: 'send' | 'recv', size: number): Scenario {
  return {
    operation,
    size,
    prepare() {
      const [r, w] = Pipe<string>(false);
      w.sendSync(filler);
      return {
        object: operation === 'send' ? w : r,
        check() {
          const left: string[] = [];
          for (let text = r.tryRecv(); text !== undefined; text = r.tryRecv()) left.push(text);
          if (operation === 'send')
            assert.ok(left[0] === filler && left.length <= 2 && (left[1] ?? 's'.repeat(size)).length === size);
          else assert.ok(left.length <= 1);
          w.sendSync(filler);
          assert.equal(r.recvSync(), filler);
          r.close();
          w.close();
        },
      };
    },
  };
}

const scenarios: Record<string, Scenario> = {
  'put a small item': queueScenario('put', small, []),
  'put an item that needs a chunk': queueScenario('put', small, [filler, filler, filler]),
  'put a large item': queueScenario('put', large, [filler]),
  'get a small item': queueScenario('get', small, [filler, filler]),
  'get an item from the next chunk': {
    operation: 'get',
    size: small,
    prepare() {
      const queue = new Queue<string>();
      queue.putManySync([filler, filler, filler, 'next']);
      // The first chunk holds three: it is drained, and the child has to pass it.
      assert.equal(queue.getManySync(3).length, 3);
      return {
        object: queue,
        check() {
          assert.ok(['next', undefined].includes(queue.tryGet()));
          queue.putSync(filler);
          assert.equal(queue.getSync(), filler);
          forgetInstance(session(), queue, queue.reference);
        },
      };
    },
  },
  'get a large item': queueScenario('get', small, ['l'.repeat(large), filler]),
  'send a small message': pipeScenario('send', small),
  'send a large message': pipeScenario('send', large),
  'receive a message': pipeScenario('recv', small),
  'take and release a lock': {
    operation: 'lock',
    size: 0,
    prepare() {
      const lock = new Lock();
      return {
        object: lock,
        check() {
          assert.equal(lock.acquireSync({ timeout: 1000 }), true);
          lock.release();
          forgetInstance(session(), lock, lock.reference);
        },
      };
    },
  },
};

process.on('warning', () => {});
for (const [name, scenario] of Object.entries(scenarios)) {
  test(`killed at any step: ${name}`, async () => {
    for (let step = FIRST, over = false; !over; step += STRIDE * AT_ONCE) {
      const rounds = Array.from({ length: AT_ONCE }, (_, i) => {
        const { object, check } = scenario.prepare();
        const at = step + i * STRIDE;
        return {
          at,
          check,
          child: startChild('children/stop-at-step.js', import.meta, object, scenario.operation, scenario.size, at),
        };
      });
      for (const { child, at } of rounds) {
        const exit = await child.exit;
        assert.ok(exit === 'SIGKILL' || exit === 0, `step ${at}: ${exit}`);
        over ||= exit === 0;
      }
      assert.deepEqual(fsck(session()), [], `from step ${step}`);
      for (const { check } of rounds) check();
      assert.deepEqual(fsck(session()), [], `after step ${step}`);
    }
  });
}
