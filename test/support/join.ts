/** The other side of children.ts: what a test's child calls first. */
import '#dist/sync/lock.js';
import '#dist/sync/rlock.js';
import '#dist/sync/semaphore.js';
import '#dist/sync/bounded_semaphore.js';
import '#dist/sync/event.js';
import '#dist/sync/condition.js';
import '#dist/sync/barrier.js';
import '#dist/channels/pipe.js';
import '#dist/channels/queue.js';
import type { Passenger } from '#dist/memory/objects.js';
import { joinSession, session } from '#dist/memory/session.js';
import { decode } from '#dist/serialization/codec.js';

export function join<T extends unknown[]>(): T {
  joinSession(JSON.parse(process.env.TEST_ADDRESS!));
  const args = decode(Buffer.from(process.env.TEST_ARGUMENTS!, 'base64')) as T;
  for (const passenger of JSON.parse(process.env.TEST_PASSENGERS!) as Passenger[]) session().objects.delivered(passenger);
  // Only `tell` uses the channel: it must not keep this process.
  process.channel?.unref();
  return args;
}

export function tell(message: unknown): void {
  process.send!(message);
}
