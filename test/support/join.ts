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
import '#dist/channels/joinable_queue.js';
import '#dist/channels/simple_queue.js';
import '#dist/sharedctypes/shared_array.js';
import '#dist/sharedctypes/value.js';
import { joinSession, session } from '#dist/memory/session.js';
import { ordersTaken, readCall } from '#dist/process/start_block.js';
import { decode } from '#dist/serialization/codec.js';

export function join<T extends unknown[]>(): T {
  joinSession(JSON.parse(process.env.TEST_ADDRESS!));
  // The parent writes them before it starts this process.
  const args = decode(readCall(session())!) as T;
  ordersTaken(session());
  // Only `tell` uses the channel: it must not keep this process.
  process.channel?.unref();
  return args;
}

export function tell(message: unknown): void {
  process.send!(message);
}
