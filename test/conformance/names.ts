/** The tests of CPython's suite for these areas, and why some of them are not here. */

/** By class. Where they are: as suites beside this file, or in a `conformance.test.ts`. */
export const NAMES: Readonly<Record<string, readonly string[]>> = {
  _TestLock: [
    'test_repr_lock',
    'test_repr_rlock',
    'test_lock',
    'test_lock_locked_2processes',
    'test_rlock',
    'test_rlock_locked_2processes',
    'test_lock_context',
  ],
  _TestSemaphore: ['test_semaphore', 'test_bounded_semaphore', 'test_timeout'],
  _TestCondition: [
    'test_notify',
    'test_notify_all',
    'test_notify_n',
    'test_timeout',
    'test_waitfor',
    'test_waitfor_timeout',
    'test_wait_result',
  ],
  _TestEvent: ['test_event', 'test_repr'],
  _TestBarrier: [
    'test_barrier',
    'test_barrier_10',
    'test_wait_return',
    'test_action',
    'test_abort',
    'test_reset',
    'test_abort_and_reset',
    'test_timeout',
    'test_default_timeout',
    'test_single_thread',
    'test_thousand',
  ],
  _TestQueue: [
    'test_put',
    'test_get',
    'test_fork',
    'test_qsize',
    'test_task_done',
    'test_no_import_lock_contention',
    'test_timeout',
    'test_queue_feeder_donot_stop_onexc',
    'test_queue_feeder_on_queue_feeder_error',
    'test_closed_queue_empty_exceptions',
    'test_closed_queue_put_get_exceptions',
  ],
  TestSimpleQueue: ['test_empty', 'test_close', 'test_closed'],
  _TestValue: ['test_value', 'test_rawvalue', 'test_getobj_getlock'],
  _TestArray: ['test_array', 'test_array_from_size', 'test_array_accepts_long', 'test_rawarray', 'test_getobj_getlock_obj'],
  _TestHeap: ['test_heap', 'test_free_from_gc'],
  _TestSharedCTypes: ['test_sharedctypes', 'test_synchronize', 'test_copy'],
  _TestSharedMemory: [
    'test_shared_memory_basics',
    'test_shared_memory_name_with_embedded_null',
    'test_shared_memory_recreate',
    'test_invalid_shared_memory_creation',
    'test_shared_memory_pickle_unpickle',
    'test_shared_memory_pickle_unpickle_dead_object',
    'test_shared_memory_across_processes',
    'test_shared_memory_SharedMemoryServer_ignores_sigint',
    'test_shared_memory_SharedMemoryManager_reuses_resource_tracker',
    'test_shared_memory_SharedMemoryManager_basics',
    'test_shared_memory_ShareableList_basics',
    'test_shared_memory_ShareableList_pickling',
    'test_shared_memory_ShareableList_pickling_dead_object',
    'test_shared_memory_untracking',
    'test_shared_memory_tracking',
    'test_shared_memory_cleaned_after_process_termination',
  ],
};

const NO_MANAGERS = 'SharedMemoryManager comes with multiproc/managers';

export const SKIPS: Readonly<Record<string, string>> = {
  '_TestQueue.test_no_import_lock_contention': 'importing a module takes no lock in JavaScript',
  '_TestQueue.test_queue_feeder_on_queue_feeder_error':
    'there is no feeder thread: an item that cannot be sent fails in `put`, at the caller',
  '_TestSharedMemory.test_shared_memory_SharedMemoryServer_ignores_sigint': NO_MANAGERS,
  '_TestSharedMemory.test_shared_memory_SharedMemoryManager_reuses_resource_tracker': NO_MANAGERS,
  '_TestSharedMemory.test_shared_memory_SharedMemoryManager_basics': NO_MANAGERS,
  '_TestSharedMemory.test_shared_memory_tracking': 'there is no `track`: whoever attaches never deletes a block',
  '_TestSharedMemory.test_shared_memory_cleaned_after_process_termination':
    'no tracker process: names of a killed program go when the next session starts (shared_memory/ownership.test.ts)',
};
