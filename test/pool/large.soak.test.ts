/** As many workers as CPython's `MiscTestCase.test_large_pool` has. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { program } from './support.js';

test('a pool of two hundred workers', async () => {
  const { code, stdout, stderr } = await program('large', ['200'], [], {}, 600_000).ended;
  assert.deepEqual([code, stdout, stderr], [0, 'right true\n', '']);
});
