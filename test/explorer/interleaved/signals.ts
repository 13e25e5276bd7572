/** What tells others that something has happened: nobody who waits misses it. */
import assert from 'node:assert/strict';
import { forgetInstance } from '#dist/memory/instances.js';
import { session } from '#dist/memory/session.js';
import { Event } from '#dist/sync/event.js';
import type { Scenario, Scenarios } from '../scenario.js';

/** What each worker does; those that wait return whether they were told. */
function event(isSet: boolean, parts: readonly ((it: Event) => boolean | void)[]): Scenario<Event, Event> {
  return {
    workers: parts.length,
    prepare() {
      const made = new Event();
      return { state: made, numbers: [made.reference.index, made.reference.generation] };
    },
    open: ([index, generation]) => Event.from({ index, generation }),
    run: (it, worker) => [parts[worker](it) === false ? 0 : 1],
    close: (it) => forgetInstance(session(), it, it.reference),
    check(it, results) {
      assert.ok(
        results.flat().every((told) => told === 1),
        'one who waited without a limit was not told',
      );
      assert.equal(it.isSet(), isSet);
      forgetInstance(session(), it, it.reference);
    },
  };
}

const wait = (it: Event): boolean => it.waitSync();
const set = (it: Event): void => it.set();
const waitAWhile = (it: Event): void => void it.waitSync({ timeout: 10 });
/** Who comes after the first one is told by the second. */
const pulseAndSet = (it: Event): void => {
  it.set();
  it.clear();
  it.set();
};

export const scenarios: Scenarios = {
  'Event: one sets, one waits': event(true, [set, wait]),
  'Event: one sets, two wait': event(true, [set, wait, wait]),
  'Event: two set, one waits': event(true, [set, set, wait]),
  'Event: set, cleared, set again': event(true, [pulseAndSet, wait]),
  'Event: set, cleared, set again; two wait': event(true, [pulseAndSet, wait, wait]),
  'Event: one waits for a while': event(true, [set, waitAWhile, wait]),
  'Event: one waits for a while, and it is set and cleared': event(false, [(it) => (it.set(), it.clear()), waitAWhile]),
};
