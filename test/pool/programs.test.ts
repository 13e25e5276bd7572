/** Whole programs: how they end, and what they leave. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isAlive, program, until } from './support.js';

test('a program that leaves its pool open ends with code 0, and its workers with it', async () => {
  const { code, stdout, stderr } = await program('idle').ended;
  assert.deepEqual([code, stderr], [0, '']);
  const pids = stdout.trim().split(' ').map(Number);
  assert.equal(pids.length > 0, true);
  assert.deepEqual(pids.filter(isAlive), []);
});

test('so does one that ends while its workers are starting', async () => {
  assert.deepEqual(await program('idle-at-once').ended, { code: 0, signal: null, stdout: '', stderr: '' });
});

test('an iterator over an endless input that nobody holds any more does not hold up join()', async () => {
  const { code, stdout, stderr } = await program('abandon', [], ['--expose-gc']).ended;
  assert.deepEqual([code, stdout, stderr], [0, '0\njoined\n', '']);
});

test('a program whose pool is broken gets the reason', async () => {
  const { code, stderr } = await program('broken').ended;
  assert.equal(code, 1);
  assert.match(stderr, /BootstrapError: the pool is broken: 3 workers in a row .*RangeError: no database today/);
});

test('results and errors of the classes of a program whose top level awaits them', async () => {
  const { code, stdout, stderr } = await program('own-classes').ended;
  assert.deepEqual([code, stdout, stderr], [0, 'true true 3\ntrue\ntrue\ntrue\n', '']);
});

for (const signal of ['SIGKILL', 'SIGINT'] as const) {
  test(`a busy program that ${signal} ends leaves no worker, and no folder once the next session has started`, async () => {
    const busy = program('busy');
    const [folder, ...pids] = (await busy.firstLine).split(' ');
    assert.ok(pids.map(Number).every(isAlive));
    busy.kill(signal);
    await until(() => !pids.map(Number).some(isAlive), 'the end of the workers');
    const { code, stderr } = await busy.ended;
    if (signal === 'SIGINT') {
      assert.equal(code, 130);
      assert.match(stderr, /^\nInterrupted: .*\n$/);
    }
    assert.equal((await program('idle-at-once').ended).code, 0);
    const { existsSync } = await import('node:fs');
    assert.equal(existsSync(folder), false);
  });
}
