/** Queues and pipes: a message is there as a whole or not at all. */
import assert from 'node:assert/strict';
import { Pipe } from '#dist/channels/pipe.js';
import { Queue } from '#dist/channels/queue.js';
import { forgetInstance } from '#dist/memory/instances.js';
import { session } from '#dist/memory/session.js';
import { type KillScenario, type KillScenarios, within } from '../kill_scenario.js';

const SMALL = 300;
const LARGE = 40_000;

/** Fills the first chunk (of about 960 bytes) so that the next item needs another one. */
const filler = 'f'.repeat(SMALL);

function drain(queue: Queue<string>): string[] {
  const left: string[] = [];
  for (let i = queue.qsize(); i > 0; i--) left.push(queue.getSync({ timeout: 0 }));
  return left;
}

function isOneOf(items: readonly string[], possible: readonly (readonly string[])[]): boolean {
  return possible.some((expected) => expected.length === items.length && expected.every((text, i) => text === items[i]));
}

function queue(operation: 'put' | 'get', size: number, before: readonly string[]): KillScenario<Queue<string>> {
  const item = 's'.repeat(size);
  return {
    prepare() {
      const made = new Queue<string>();
      made.putManySync(before);
      return { state: made, args: [made] };
    },
    run: (it: Queue<string>) => (operation === 'put' ? it.putSync(item) : it.getSync()),
    check(it) {
      const expected = operation === 'put' ? [before, [...before, item]] : [before, before.slice(1)];
      assert.ok(isOneOf(drain(it), expected), 'all or nothing');
      it.putManySync([item, filler]);
      assert.deepEqual(it.getManySync(5), [item, filler]);
      forgetInstance(session(), it, it.reference);
    },
  };
}

function pipe(operation: 'send' | 'recv', size: number): KillScenario {
  return {
    prepare() {
      const [r, w] = Pipe<string>(false);
      w.sendSync(filler);
      return { state: { r, w }, args: [operation === 'send' ? w : r] };
    },
    run: (end: any) => (operation === 'send' ? end.sendSync('s'.repeat(size)) : end.recvSync()),
    check({ r, w }) {
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
}

export const scenarios: KillScenarios = {
  'put a small item': queue('put', SMALL, []),
  'put an item that needs a chunk': queue('put', SMALL, [filler, filler, filler]),
  'put a large item': queue('put', LARGE, [filler]),
  'get a small item': queue('get', SMALL, [filler, filler]),
  'get an item from the next chunk': {
    prepare() {
      const made = new Queue<string>();
      made.putManySync([filler, filler, filler, 'next']);
      // The first chunk holds three: it is drained, and the child has to pass it.
      assert.equal(made.getManySync(3).length, 3);
      return { state: made, args: [made] };
    },
    run: (it: Queue<string>) => it.getSync(),
    check(it) {
      assert.ok(['next', undefined].includes(it.tryGet()));
      it.putSync(filler);
      assert.equal(it.getSync(), filler);
      forgetInstance(session(), it, it.reference);
    },
  },
  'get a large item': queue('get', SMALL, ['l'.repeat(LARGE), filler]),
  'put an item for one who waits': {
    prepare() {
      const made = new Queue<string>();
      return { state: { it: made, item: undefined as Promise<string> | undefined }, args: [made] };
    },
    meanwhile(state) {
      state.item = state.it.get();
    },
    run: (it: Queue<string>) => it.putSync(filler),
    async check({ it, item }) {
      // It may have died before.
      if (it.qsize() === 0) it.putSync(filler);
      assert.equal(await within(item, 'who waits for an item does not get it'), filler);
      drain(it);
      forgetInstance(session(), it, it.reference);
    },
  },
  'close a queue on which others wait': {
    prepare() {
      const made = new Queue<string>();
      return { state: { it: made, item: undefined as Promise<unknown> | undefined }, args: [made] };
    },
    meanwhile(state) {
      state.item = state.it.get().catch((error: Error) => error);
    },
    run: (it: Queue<string>) => it.close(),
    async check({ it, item }) {
      it.close();
      assert.equal((await within<any>(item, 'who waits does not learn that the queue is closed')).name, 'QueueShutDown');
      forgetInstance(session(), it, it.reference);
    },
  },
  'send a small message': pipe('send', SMALL),
  'send a large message': pipe('send', LARGE),
  'receive a message': pipe('recv', SMALL),
};
