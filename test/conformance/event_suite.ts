import assert from 'node:assert/strict';
import { within } from '../support/within.js';
import type { Context } from './context.js';
import { formsOf, wait } from './forms.js';
import { check, lasting, range } from './suite.js';
import { answerEvents } from './workers.js';

export function eventSuite(context: Context): void {
  check(context, '_TestEvent.test_event', async (run) => {
    for (const form of formsOf(context)) {
      const event = await context.Event();
      assert.equal(await event.isSet(), false);
      assert.equal(await wait(form, event, { timeout: 0 }), false);
      assert.equal(await lasting(50, () => wait(form, event, { timeout: 50 })), false);
      await event.set();
      assert.equal(await event.isSet(), true);
      assert.equal(await wait(form, event), true);
      assert.equal(await wait(form, event, { timeout: 50 }), true);
      await event.clear();
      assert.equal(await event.isSet(), false);
      assert.equal(await wait(form, event, { timeout: 0 }), false);

      // Workers wake each other.
      const [ping, pong] = [await context.Event(), await context.Event()];
      const rounds = 10;
      run.start(answerEvents, form, ping, pong, rounds);
      for (const round of range(rounds)) {
        await ping.set();
        assert.equal(await within(pong.wait(), `the answer of the worker in round ${round}`), true);
        await pong.clear();
      }
      await run.ended();
    }
  });

  check(context, '_TestEvent.test_repr', async () => {
    if (!context.hasSync) return;
    const event = context.Event();
    assert.equal(String(event), '<Event unset>');
    event.set();
    assert.equal(String(event), '<Event set>');
    event.clear();
    assert.equal(String(event), '<Event unset>');
  });
}
