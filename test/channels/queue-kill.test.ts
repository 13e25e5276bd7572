import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Queue } from '#dist/channels/queue.js';
import { fsck } from '#dist/memory/fsck.js';
import { forgetInstance } from '#dist/memory/instances.js';
import { session } from '#dist/memory/session.js';
import { startChild } from '../support/children.js';
import { repetitions } from '../support/repetitions.js';

const ROUNDS = Number(process.env.KILL_ROUNDS ?? repetitions(3, 50));

/** Where in its loop a child is killed is left to chance; each round kills one while this process goes on using the queue. */
test('children are killed in the middle of put and get; the queue stays sound and usable', async () => {
  for (let round = 0; round < ROUNDS; round++) {
    const queue = new Queue<string>(round % 2 === 0 ? 0 : 20);
    const children = (['put', 'get', 'both'] as const).map((role) => startChild('children/churn.js', import.meta, queue, role));
    for (const child of children) await child.told();
    const work = 200 + ((round * 131) % 900);
    for (const child of children) {
      for (let i = 0; i < work; i++) {
        queue.tryPut('m'.repeat((i * 97) % 10_000));
        queue.tryGet();
      }
      await child.kill();
      const problems = children.every(({ process }) => process.signalCode !== null) ? fsck(session()) : [];
      assert.deepEqual(problems, [], `round ${round}`);
    }
    const left = queue.qsize();
    for (let i = 0; i < left; i++) assert.match(queue.getSync({ timeout: 0 }), /^[pm]*$/);
    assert.equal(queue.tryGet(), undefined);
    queue.putSync('after');
    assert.equal(queue.getSync(), 'after');
    forgetInstance(session(), queue, queue.reference);
    assert.deepEqual(fsck(session()), [], `round ${round}`);
  }
});
