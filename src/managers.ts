// What `import ... from 'multiproc/managers'` gives. Re-exports only.
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
export type { ProxyBase, Remote } from './managers/remote.ts';
export { SyncManager, type SyncManagerClass, type SyncTypes } from './managers/sync_manager.ts';
export { ArrayProxy } from './managers/types/array_proxy.ts';
export { BarrierProxy } from './managers/types/barrier_proxy.ts';
export type { Updater } from './managers/types/changes.ts';
export { ConditionProxy } from './managers/types/condition_proxy.ts';
export { DictProxy } from './managers/types/dict_proxy.ts';
export type { Entries } from './managers/types/entries.ts';
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
} from './managers/types/interfaces.ts';
export { ListProxy } from './managers/types/list_proxy.ts';
export { LockProxy, RLockProxy } from './managers/types/lock_proxy.ts';
export { NamespaceProxy } from './managers/types/namespace_proxy.ts';
export { PoolProxy } from './managers/types/pool_proxy.ts';
export { JoinableQueueProxy, QueueProxy } from './managers/types/queue_proxy.ts';
export { BoundedSemaphoreProxy, SemaphoreProxy } from './managers/types/semaphore_proxy.ts';
export { type SetItems, SetProxy } from './managers/types/set_proxy.ts';
export { ValueProxy } from './managers/types/value_proxy.ts';
