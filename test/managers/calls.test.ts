/** Calls of methods through proxies. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { MyManager } from './types.js';

const manager = new MyManager();
before(() => manager.start());
after(() => manager.shutdown());

test('a method is called in the server, with its arguments', async () => {
  using maths = await manager.Maths();
  assert.equal(await maths.add(1, 2), 3);
  assert.deepEqual(await maths.echo({ a: [1, new Map([[1, 2]])] }), { a: [1, new Map([[1, 2]])] });
});
