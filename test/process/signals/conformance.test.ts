/** CPython's tests of waits that a handled signal interrupts, by their names there. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Pipe, Process } from 'multiproc';
import { within } from '../../support/within.js';
import { echoDespiteSignals, signalOften } from './children.js';

const LARGE = 1 << 20;

test('_TestPollEintr.test_poll_eintr', async () => {
  for (const form of ['join', 'joinSync'] as const) {
    let signals = 0;
    const count = (): unknown => signals++;
    process.on('SIGUSR1', count);
    try {
      const child = new Process({ target: signalOften, args: [process.pid, 'SIGUSR1'] }).start();
      assert.equal(await within(Promise.resolve(child[form]()), 'the child'), 0);
      // While the thread is blocked they are one to the program.
      await new Promise(setImmediate);
      assert.ok(signals > 0, form);
    } finally {
      process.off('SIGUSR1', count);
    }
  }
});

test('TestIgnoreEINTR.test_ignore', async () => {
  const [here, there] = Pipe<any>();
  const child = new Process({ target: echoDespiteSignals, args: [there, LARGE], daemon: true }).start();
  there.close();
  assert.equal(await here.recv(), 'ready');
  for (let i = 0; i < 10; i++) process.kill(child.pid!, 'SIGUSR1');
  await here.send(1234);
  assert.equal(await here.recv(), 1234);
  for (let i = 0; i < 10; i++) process.kill(child.pid!, 'SIGUSR1');
  assert.deepEqual(await here.recvBytes(), Buffer.alloc(LARGE, 'x'));
  assert.ok((await here.recv()) > 0, 'the child has heard of them');
  assert.equal(await child.join(), 0);
});
