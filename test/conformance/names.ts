/** The tests of CPython's suite for these areas, and why some of them are not here. */

/** By class. Where they are: as suites beside this file, or in a `conformance.test.ts`. */
export const NAMES: Readonly<Record<string, readonly string[]>> = {
  _TestConnection: ['test_fd_transfer', 'test_missing_fd_transfer'],
  _TestPicklingConnections: ['test_pickling'],
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
  '_TestSharedMemory.test_shared_memory_SharedMemoryServer_ignores_sigint': NO_MANAGERS,
  '_TestSharedMemory.test_shared_memory_SharedMemoryManager_reuses_resource_tracker': NO_MANAGERS,
  '_TestSharedMemory.test_shared_memory_SharedMemoryManager_basics': NO_MANAGERS,
  '_TestSharedMemory.test_shared_memory_tracking': 'there is no `track`: whoever attaches never deletes a block',
  '_TestSharedMemory.test_shared_memory_cleaned_after_process_termination':
    'no tracker process: names of a killed program go when the next session starts (shared_memory/ownership.test.ts)',
};
