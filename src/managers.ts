// What `import ... from 'multiproc/managers'` gives. Re-exports only.
export type { ArgumentCount, ArgumentCounts } from './managers/argument_counts.ts';
export {
  BaseManager,
  type DefinedManager,
  type ManagerAddress,
  type ManagerOptions,
  type ManagerServer,
  type StartOptions,
} from './managers/base_manager.ts';
export { type Caller, caller } from './managers/caller.ts';
export { type ConnectedManager, connectManager } from './managers/connect_manager.ts';
// SyncManager
export { Manager } from './managers/manager.ts';
export { BaseProxy } from './managers/proxy.ts';
export type { TypeOptions, TypeSpec } from './managers/registry.ts';
export type { Factories, ProxyBase, RegistryInput, Remote } from './managers/remote.ts';
export { SyncManager, type SyncManagerClass, type SyncTypes } from './managers/sync_manager.ts';
// What those proxies stand for, for servers that make them themselves
export { ManagedArray } from './managers/types/array.ts';
export { ArrayProxy } from './managers/types/array_proxy.ts';
export { ManagedBarrier } from './managers/types/barrier.ts';
export { BarrierProxy } from './managers/types/barrier_proxy.ts';
export { ManagedBoundedSemaphore } from './managers/types/bounded_semaphore.ts';
export type { Updater } from './managers/types/changes.ts';
export { ManagedCondition } from './managers/types/condition.ts';
export { ConditionProxy } from './managers/types/condition_proxy.ts';
export { ManagedDict } from './managers/types/dict.ts';
export { DictProxy } from './managers/types/dict_proxy.ts';
export type { Entries } from './managers/types/entries.ts';
export { ManagedEvent } from './managers/types/event.ts';
export { EventProxy } from './managers/types/event_proxy.ts';
export type { ManagedHold } from './managers/types/hold.ts';
export type {
  Awaitable,
  BarrierLike,
  ConditionLike,
  EventLike,
  HoldLike,
  JoinableQueueLike,
  LockLike,
  QueueLike,
  SemaphoreLike,
  TaskLike,
} from './managers/types/interfaces.ts';
export { ManagedJoinableQueue, type TaskDelivery } from './managers/types/joinable_queue.ts';
export { ManagedList } from './managers/types/list.ts';
export { ListProxy } from './managers/types/list_proxy.ts';
export { ManagedLock } from './managers/types/lock.ts';
export { LockProxy, RLockProxy } from './managers/types/lock_proxy.ts';
export type { Grant } from './managers/types/mutex.ts';
export { ManagedNamespace } from './managers/types/namespace.ts';
export { NamespaceProxy } from './managers/types/namespace_proxy.ts';
export type { CallPlace, LockOptions } from './managers/types/owner.ts';
export { ManagedPool } from './managers/types/pool.ts';
export { PoolProxy } from './managers/types/pool_proxy.ts';
export { type Delivery, ManagedQueue } from './managers/types/queue.ts';
export { JoinableQueueProxy, QueueProxy } from './managers/types/queue_proxy.ts';
export { ManagedRLock } from './managers/types/rlock.ts';
export { ManagedSemaphore } from './managers/types/semaphore.ts';
export { BoundedSemaphoreProxy, SemaphoreProxy } from './managers/types/semaphore_proxy.ts';
export { ManagedSet } from './managers/types/set.ts';
export { type SetItems, SetProxy } from './managers/types/set_proxy.ts';
export type { ManagedTask } from './managers/types/task.ts';
export { ManagedValue } from './managers/types/value.ts';
export { ValueProxy } from './managers/types/value_proxy.ts';
// Of options
export type { Address } from './net/addresses.ts';
export type { AllowedModules } from './net/allowed_modules.ts';
