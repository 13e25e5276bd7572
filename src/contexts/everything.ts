// What every context has: all that the entry points export, but what depends on the start method. A test compares.

export {
  AddressError,
  AddressInUseError,
  AttributeError,
  AuthenticationError,
  BootstrapError,
  BrokenBarrierError,
  BrokenPipeError,
  BufferTooShort,
  CancelledError,
  ConnectionClosedError,
  ConnectionRefusedError,
  DeadlockError,
  EOFError,
  FunctionReferenceError,
  HandleLostError,
  IterationError,
  ManagerGoneError,
  MaybeEncodingError,
  NotHeldError,
  PlatformError,
  PoolTerminatedError,
  ProcessError,
  QueueEmpty,
  QueueFull,
  QueueShutDown,
  RemoteError,
  SerializationError,
  SharedMemoryClosedError,
  SharedMemoryError,
  SharedMemoryExistsError,
  SharedMemoryNotFoundError,
  StartMethodError,
  TaskContextError,
  TimeoutError,
  WorkerLostError,
} from '../base/errors.ts';
export { Connection } from '../channels/connection.ts';
export { JoinableQueue } from '../channels/joinable_queue.ts';
export { Pipe } from '../channels/pipe.ts';
export { Queue } from '../channels/queue.ts';
export { SimpleQueue } from '../channels/simple_queue.ts';
export { Descriptor } from '../handles/descriptor.ts';
export { LogLevel } from '../logging/levels.ts';
export { getLogger, logToStderr, setLogger } from '../logging/logger.ts';
export { cpuCount } from '../platform/cpu_count.ts';
export { AsyncResult } from '../pool/async_result.ts';
export { taskContext } from '../pool/task_context.ts';
export { activeChildren, currentProcess, parentProcess } from '../process/current.ts';
export { setExecArgv, setExecutable } from '../process/executable.ts';
export { finalize } from '../process/finalize.ts';
export { freezeSupport } from '../process/freeze_support.ts';
export { setPreload } from '../process/preload.ts';
export { getAllStartMethods } from '../process/start_method.ts';
export { byValue } from '../references/by_value.ts';
export { isMain } from '../references/is_main.ts';
export { ref, refs } from '../references/ref.ts';
export { registerReducer } from '../serialization/registry.ts';
export { ShareableList } from '../shared_memory/shareable_list.ts';
export { SharedMemory } from '../shared_memory/shared_memory.ts';
export { array } from '../sharedctypes/arrays.ts';
export { copy, raw, synchronized } from '../sharedctypes/copy.ts';
export { RawArray, RawValue } from '../sharedctypes/raw.ts';
export { SharedArray } from '../sharedctypes/shared_array.ts';
export { struct } from '../sharedctypes/struct.ts';
export { char, wchar } from '../sharedctypes/texts.ts';
export { Value } from '../sharedctypes/value.ts';
export { Barrier } from '../sync/barrier.ts';
export { BoundedSemaphore } from '../sync/bounded_semaphore.ts';
export { Condition } from '../sync/condition.ts';
export { Event } from '../sync/event.ts';
export { Lock } from '../sync/lock.ts';
export { RLock } from '../sync/rlock.ts';
export { Semaphore } from '../sync/semaphore.ts';
export { tryWait, wait, waitSync } from '../wakeup/wait.ts';
