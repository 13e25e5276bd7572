/**
 * The classes of all objects that travel. A child, or a worker of a pool, may be sent any of them for a function whose module imports nothing of this
 * library (`import type` leaves nothing). Loading them costs 10 ms and more (the build loads the whole library then: files cost more than code), so that is
 * done when the first one arrives.
 */
import '../channels/joinable_queue.ts';
import '../channels/pipe_connection.ts';
import '../channels/queue.ts';
import '../channels/simple_queue.ts';
import '../handles/traveling.ts';
import '../serialization/rebuilt.ts';
import '../sharedctypes/shared_array.ts';
import '../sharedctypes/value.ts';
import '../shared_memory/shareable_list.ts';
import '../sync/barrier.ts';
import '../sync/bounded_semaphore.ts';
import '../sync/condition.ts';
import '../sync/event.ts';
import '../sync/lock.ts';
import '../sync/presence.ts';
import '../sync/rlock.ts';
import '../sync/semaphore.ts';
import { setKnowsAllObjectKinds } from '../memory/object_kinds.ts';

setKnowsAllObjectKinds(true);
