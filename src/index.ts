// What `import ... from 'multiproc'` gives. Re-exports only.

// Waiting
export type { WaitOptions, WaitSyncOptions } from './base/deadlines.ts';
// Errors
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
} from './base/errors.ts';
// Channels and synchronisation
export { Connection } from './channels/connection.ts';
export { JoinableQueue } from './channels/joinable_queue.ts';
export { Pipe, type Receiver, type Sender } from './channels/pipe.ts';
export { Queue } from './channels/queue.ts';
export { SimpleQueue } from './channels/simple_queue.ts';
export type { Task } from './channels/task.ts';
// Start methods
export { type Context, getContext } from './contexts/context.ts';
// Handles
export { Descriptor } from './handles/descriptor.ts';
// Logging
export { LogLevel, type LogLevelName } from './logging/levels.ts';
export { type ForeignLogger, getLogger, type Logger, logToStderr, setLogger } from './logging/logger.ts';
// Managers
export { Manager } from './managers/manager.ts';
export { cpuCount } from './platform/cpu_count.ts';
// Pool
export { AsyncResult, type CallbackOptions } from './pool/async_result.ts';
export type { MapOptions, PoolOptions } from './pool/options.ts';
export { Pool } from './pool/pool.ts';
export type { ProgressOptions } from './pool/progress.ts';
export type { ProgressEvent, TaskProgress } from './pool/progress_event.ts';
export type { Items, Results, ResultsSync } from './pool/results.ts';
export type { Percentiles, PoolStats, SlowTask, TaskCounts, WorkerState, WorkerStats, WorkTimes } from './pool/stats.ts';
export { type TaskContext, taskContext } from './pool/task_context.ts';
export type { TaskOptions } from './pool/terms.ts';
export { activeChildren, currentProcess, parentProcess } from './process/current.ts';
export { setExecArgv, setExecutable } from './process/executable.ts';
export { type FinalizeOptions, type Finalizer, finalize } from './process/finalize.ts';
export { freezeSupport } from './process/freeze_support.ts';
export type { ParentProcess } from './process/parent_process.ts';
export { setPreload } from './process/preload.ts';
export { Process } from './process/process.ts';
export type { ProcessOptions } from './process/process_options.ts';
export type { Sentinel } from './process/sentinel.ts';
export { getAllStartMethods, getStartMethod, type StartMethod, setStartMethod } from './process/start_method.ts';
// Functions, classes and objects that travel
export { byValue } from './references/by_value.ts';
// The program and its processes
export { isMain } from './references/is_main.ts';
export { type Refs, ref, refs } from './references/ref.ts';
export { registerReducer } from './serialization/registry.ts';
export { SharedArray } from './sharedctypes/shared_array.ts';
export { Value } from './sharedctypes/value.ts';
export { Barrier, type BarrierOptions } from './sync/barrier.ts';
export { BoundedSemaphore } from './sync/bounded_semaphore.ts';
export { Condition } from './sync/condition.ts';
export { Event } from './sync/event.ts';
export type { Hold } from './sync/hold.ts';
export { Lock } from './sync/lock.ts';
export { RLock } from './sync/rlock.ts';
export { Semaphore } from './sync/semaphore.ts';
export { tryWait, type Waitable, wait, waitSync } from './wakeup/wait.ts';
