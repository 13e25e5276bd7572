/** Presences on their way from a server to a holder: whoever is killed, a presence is there exactly while somebody holds it or a message carries it. */
import assert from 'node:assert/strict';
import { Queue } from '#dist/channels/queue.js';
import { sweepCollected } from '#dist/memory/collected.js';
import { forgetInstance } from '#dist/memory/instances.js';
import type { ObjectReference } from '#dist/memory/object_kinds.js';
import { session } from '#dist/memory/session.js';
import { grant, isPresent, letGo, Presence, PresenceName } from '#dist/sync/presence.js';
import type { KillScenario, KillScenarios } from '../kill_scenario.js';

interface State {
  readonly queue: Queue<unknown>;
  /** Sent or held by the survivor. */
  readonly reference: ObjectReference | undefined;
}

function isGone(reference: ObjectReference): boolean {
  sweepCollected();
  session().collector.collect();
  return !isPresent(reference);
}

/** What the queue still has is held by its message; without that it goes. */
function checkQueue({ queue, reference }: State): void {
  const left = queue.tryGet() as Presence | undefined;
  if (left) {
    assert.ok(isPresent(left.reference));
    left.use().release();
    assert.ok(isGone(left.reference));
  } else if (reference) assert.ok(isGone(reference), 'it went with its only holder');
  forgetInstance(session(), queue, queue.reference);
}

const handing: KillScenario<State> = {
  prepare() {
    const queue = new Queue<unknown>();
    return { state: { queue, reference: undefined }, args: [queue] };
  },
  run(queue: Queue<unknown>) {
    const reference = grant(undefined);
    queue.putSync(new PresenceName(reference));
    letGo(reference);
  },
  check: checkQueue,
};

const taking: KillScenario<State> = {
  prepare() {
    const queue = new Queue<unknown>();
    const reference = grant(undefined);
    queue.putSync(new PresenceName(reference));
    letGo(reference);
    return { state: { queue, reference }, args: [queue] };
  },
  run(queue: Queue<unknown>) {
    const presence = queue.getSync() as Presence;
    presence.use();
    presence.release();
  },
  check: checkQueue,
};

/** A server hands out once more what the survivor holds. */
const handingAgain: KillScenario<Presence> = {
  prepare() {
    const presence = new Presence().use();
    return { state: presence, args: [presence.reference] };
  },
  run(reference: ObjectReference) {
    assert.deepEqual(grant(reference), reference);
    letGo(reference);
  },
  check(presence) {
    const { reference } = presence;
    assert.ok(isPresent(reference));
    presence.release();
    assert.ok(isGone(reference));
  },
};

export const scenarios: KillScenarios = {
  'a presence is handed out': handing,
  'a presence is taken, and let go of': taking,
  'a presence is handed out once more': handingAgain,
};
