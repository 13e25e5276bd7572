import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fsck } from '#dist/memory/fsck.js';
import { session } from '#dist/memory/session.js';
import { Event } from '#dist/sync/event.js';
import { waitState } from '#dist/wakeup/waitable.js';
import { startChild } from '../support/children.js';

test('a set event lets everybody through, until it is cleared', async () => {
  const event = new Event();
  assert.equal(String(event), '<Event unset>');
  assert.equal(event.isSet(), false);
  assert.equal(event.tryWait(), false);
  assert.equal(await event.wait({ timeout: 0 }), false);
  assert.equal(await event.wait({ timeout: 3 }), false);
  assert.equal(event.waitSync({ timeout: 3 }), false);
  assert.equal(event[waitState]().isReady(), false);
  event.set();
  event.set();
  assert.equal(String(event), '<Event set>');
  assert.equal(await event.wait(), true);
  assert.equal(event.waitSync(), true);
  assert.equal(event.tryWait(), true);
  assert.equal(event[waitState]().isReady(), true);
  event.clear();
  assert.equal(event.isSet(), false);
});

test('a short pulse releases all who waited, and nobody else', async () => {
  const event = new Event();
  const waits = [event.wait(), event.wait({ timeout: 60_000 })];
  event.set();
  event.clear();
  const later = event.wait({ timeout: 20 });
  assert.deepEqual(await Promise.all(waits), [true, true]);
  assert.equal(await later, false);
});

test('aborts and bad arguments', async () => {
  const event = new Event();
  const controller = new AbortController();
  const wait = event.wait({ signal: controller.signal });
  controller.abort('enough');
  await assert.rejects(wait, (reason) => reason === 'enough');
  await assert.rejects(event.wait({ signal: AbortSignal.abort('early') }), (reason) => reason === 'early');
  await assert.rejects(event.wait({ timeout: NaN }), RangeError);
  assert.throws(() => event.waitSync({ timeout: '1' as never }), TypeError);
});

test('a blocking wait that nobody could end is a DeadlockError', () => {
  assert.throws(() => new Event().waitSync(), { name: 'DeadlockError', message: /waitSync\(\) on an Event/ });
});

test('an event wakes all processes that wait, in both forms, whatever became of the others', async () => {
  const event = new Event();
  const children = (['async', 'sync', 'sync', 'async'] as const).map((form) =>
    startChild('children/wait-for-event.js', import.meta, event, form),
  );
  for (const child of children) assert.equal(await child.told(), 'waits');
  for (const child of children.slice(2)) await child.kill();
  event.set();
  for (const child of children.slice(0, 2)) {
    assert.equal(await child.told(), true);
    assert.equal(await child.exit, 0);
  }
  assert.deepEqual(fsck(session()), []);
});

test('what came in time counts, though the thread was busy when time ran out', async () => {
  const event = new Event();
  // From here the loop comes to its timers first.
  await new Promise((resolve) => setImmediate(resolve));
  const wait = event.wait({ timeout: 5 });
  event.set();
  const until = performance.now() + 20;
  while (performance.now() < until);
  assert.equal(await wait, true);
});

test('one signal may end any number of waits, without a warning', async () => {
  const event = new Event();
  const controller = new AbortController();
  const warnings: Error[] = [];
  const warned = (warning: Error): void => void warnings.push(warning);
  process.on('warning', warned);
  const waits = Array.from({ length: 50 }, () => event.wait({ signal: controller.signal }));
  const settled = Promise.allSettled(waits);
  await new Promise((resolve) => setImmediate(resolve));
  controller.abort('over');
  assert.ok((await settled).every((result) => result.status === 'rejected' && result.reason === 'over'));
  await new Promise((resolve) => setImmediate(resolve));
  process.off('warning', warned);
  assert.deepEqual(warnings, []);
});
