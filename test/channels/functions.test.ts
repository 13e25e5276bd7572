import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Pipe } from '#dist/channels/pipe.js';
import { Queue } from '#dist/channels/queue.js';
import { fsck } from '#dist/memory/fsck.js';
import { session } from '#dist/memory/session.js';
import '#dist/serialization/importing.js';
import { startChild } from '../support/children.js';
import { late } from './children/late-module.js';

test('a function whose module only import() can load is refused by sync forms without loss, and imported by the async one', async () => {
  const queue = new Queue<any>();
  const [r, end] = Pipe(false);
  queue.putSync({ end, f: late, n: 41 });
  end.close();
  queue.putSync('next');
  const child = startChild('children/receive-function.js', import.meta, queue);
  const [seen, result, next] = await child.told();
  assert.deepEqual(seen, Array(3).fill('FunctionReferenceError 2'));
  assert.equal(result, 42);
  assert.equal(next, 'next');
  // The end was opened at each try, and is closed as often.
  await assert.rejects(r.recv(), { name: 'EOFError' });
  await child.kill();
  assert.deepEqual(fsck(session()), []);
});
