/** SimpleQueue: a queue that can put, get, tell whether it is empty, and be closed. */
import { instanceOf } from '../memory/instances.ts';
import type { ObjectReference } from '../memory/object_kinds.ts';
import { session } from '../memory/session.ts';
import { registerSharedObject } from '../serialization/shared_objects.ts';
import { build, QueueBase, takeProvided } from './queue_base.ts';
import { QueueStore, queueKind } from './queue_store.ts';

/** An unbounded queue in shared memory with the few members of `multiprocessing.SimpleQueue`. What they do is what those of Queue do. */
export class SimpleQueue<T = unknown> extends QueueBase<T> {
  /** Throws SharedMemoryError when memory is used up. */
  constructor() {
    super(takeProvided() ?? { ...QueueStore.create(0), isNew: true });
  }

  /** @internal The queue that a reference names. Throws SharedMemoryError when it is gone. */
  static from<T>(reference: ObjectReference): SimpleQueue<T> {
    return instanceOf(session(), reference, queueKind, (unit) =>
      build({ store: QueueStore.at(unit, reference.index), reference, isNew: false }, () => new SimpleQueue<T>()),
    );
  }

  override toString(): string {
    return `<SimpleQueue(${this.empty() ? 'empty' : 'not empty'}${this.store.isClosed ? ', closed' : ''})>`;
  }
}

registerSharedObject(21, SimpleQueue, (reference) => SimpleQueue.from(reference));
