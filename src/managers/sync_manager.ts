/** `SyncManager`: a manager of the usual types. */

import type { PoolOptions } from '../pool/options.ts';
import { nameInLibrary } from '../references/library_class.ts';
import type { CType, Initial, JsValue, SizeOrInit } from '../sharedctypes/type_names.ts';
import type { BarrierOptions } from '../sync/barrier.ts';
import type { ArgumentCounts } from './argument_counts.ts';
import { BaseManager, type ManagerOptions } from './base_manager.ts';
import { countArguments } from './counted_methods.ts';
import { MANAGER_REFERENCE } from './server_start.ts';
import { ManagedArray } from './types/array.ts';
import { ArrayProxy } from './types/array_proxy.ts';
import { ManagedBarrier } from './types/barrier.ts';
import { BarrierProxy } from './types/barrier_proxy.ts';
import { ManagedBoundedSemaphore } from './types/bounded_semaphore.ts';
import { ManagedCondition } from './types/condition.ts';
import { ConditionProxy } from './types/condition_proxy.ts';
import { ManagedDict } from './types/dict.ts';
import { DictProxy } from './types/dict_proxy.ts';
import type { Entries } from './types/entries.ts';
import { ManagedEvent } from './types/event.ts';
import { EventProxy } from './types/event_proxy.ts';
import { ManagedJoinableQueue } from './types/joinable_queue.ts';
import { ManagedList } from './types/list.ts';
import { ListProxy } from './types/list_proxy.ts';
import { ManagedLock } from './types/lock.ts';
import { LockProxy, RLockProxy } from './types/lock_proxy.ts';
import { ManagedNamespace } from './types/namespace.ts';
import { NamespaceProxy } from './types/namespace_proxy.ts';
import { ManagedPool } from './types/pool.ts';
import { PoolProxy } from './types/pool_proxy.ts';
import { ManagedQueue } from './types/queue.ts';
import { JoinableQueueProxy, QueueProxy } from './types/queue_proxy.ts';
import { ManagedRLock } from './types/rlock.ts';
import { ManagedSemaphore } from './types/semaphore.ts';
import { BoundedSemaphoreProxy, SemaphoreProxy } from './types/semaphore_proxy.ts';
import { ManagedSet } from './types/set.ts';
import { type SetItems, SetProxy } from './types/set_proxy.ts';
import { ManagedValue } from './types/value.ts';
import { ValueProxy } from './types/value_proxy.ts';

const PARTS = './manager_parts.js';
type AnyClass = new (...args: any[]) => any;

/** A type whose class and proxies other processes find in this library, by these names: those of classes are others in a bundle that was made small. */
function type(
  name: string,
  callable: AnyClass & { readonly exposed: readonly string[]; readonly argumentCounts: ArgumentCounts },
  proxyName: string,
  proxyType: AnyClass,
) {
  nameInLibrary(callable, name, PARTS, import.meta.url);
  nameInLibrary(proxyType, proxyName, PARTS, import.meta.url);
  countArguments(proxyType, callable.argumentCounts);
  return { callable, exposed: callable.exposed, argumentCounts: callable.argumentCounts, proxyType };
}

const types = {
  list: type('ManagedList', ManagedList, 'ListProxy', ListProxy),
  dict: type('ManagedDict', ManagedDict, 'DictProxy', DictProxy),
  set: type('ManagedSet', ManagedSet, 'SetProxy', SetProxy),
  Namespace: type('ManagedNamespace', ManagedNamespace, 'NamespaceProxy', NamespaceProxy),
  Lock: type('ManagedLock', ManagedLock, 'LockProxy', LockProxy),
  RLock: type('ManagedRLock', ManagedRLock, 'RLockProxy', RLockProxy),
  Semaphore: type('ManagedSemaphore', ManagedSemaphore, 'SemaphoreProxy', SemaphoreProxy),
  BoundedSemaphore: type('ManagedBoundedSemaphore', ManagedBoundedSemaphore, 'BoundedSemaphoreProxy', BoundedSemaphoreProxy),
  Condition: type('ManagedCondition', ManagedCondition, 'ConditionProxy', ConditionProxy),
  Event: type('ManagedEvent', ManagedEvent, 'EventProxy', EventProxy),
  Barrier: type('ManagedBarrier', ManagedBarrier, 'BarrierProxy', BarrierProxy),
  Queue: type('ManagedQueue', ManagedQueue, 'QueueProxy', QueueProxy),
  JoinableQueue: type('ManagedJoinableQueue', ManagedJoinableQueue, 'JoinableQueueProxy', JoinableQueueProxy),
  Value: type('ManagedValue', ManagedValue, 'ValueProxy', ValueProxy),
  Array: type('ManagedArray', ManagedArray, 'ArrayProxy', ArrayProxy),
  Pool: type('ManagedPool', ManagedPool, 'PoolProxy', PoolProxy),
};

/** The methods of a SyncManager that make objects in its server. */
export interface SyncTypes {
  /** Python's `manager.list(items)`. */
  list<T = unknown>(items?: Iterable<T>): Promise<ListProxy<T>>;
  /** Python's `manager.dict(entries)`: pairs, a Map, or a plain object. */
  dict<K = string, V = unknown>(entries?: Entries<K, V>): Promise<DictProxy<K, V>>;
  set<T = unknown>(items?: SetItems<T>): Promise<SetProxy<T>>;
  /** Attributes, each of its own type: `m.Namespace<{ hits: number }>({ hits: 0 })`. */
  Namespace<T extends object = Record<string, any>>(values?: Partial<T>): Promise<NamespaceProxy<T>>;
  Lock(): Promise<LockProxy>;
  RLock(): Promise<RLockProxy>;
  Semaphore(value?: number): Promise<SemaphoreProxy>;
  BoundedSemaphore(value?: number): Promise<BoundedSemaphoreProxy>;
  /** `lock`: of the same manager; missing: a new RLock. */
  Condition(lock?: LockProxy | RLockProxy): Promise<ConditionProxy>;
  Event(): Promise<EventProxy>;
  /** The action is exported, or made by `byValue`: it runs in the server. */
  Barrier(parties: number, options?: BarrierOptions): Promise<BarrierProxy>;
  Queue<T = unknown>(maxsize?: number): Promise<QueueProxy<T>>;
  JoinableQueue<T = unknown>(maxsize?: number): Promise<JoinableQueueProxy<T>>;
  Value<const T extends CType>(type: T, initial?: NoInfer<Initial<JsValue<T>>>): Promise<ValueProxy<T>>;
  Array<const T extends CType>(type: T, sizeOrInit: NoInfer<SizeOrInit<T>>): Promise<ArrayProxy<T>>;
  Pool(options?: number | PoolOptions): Promise<PoolProxy>;
}

export interface SyncManagerClass {
  new (options?: ManagerOptions): SyncManager;
  readonly prototype: SyncManager;
  define: typeof BaseManager.define;
  register: typeof BaseManager.register;
}

/**
 * A manager of lists, dictionaries, sets, locks, queues and the rest, as `multiprocessing.managers.SyncManager`. `Manager()` gives a started one.
 *
 * `class MyManager extends SyncManager.define({ Maths }) {}` has these types, too.
 */
export const SyncManager = BaseManager.define(types) as unknown as SyncManagerClass;
export type SyncManager = BaseManager & SyncTypes;
Object.defineProperty(SyncManager, 'name', { value: 'SyncManager' });
Object.defineProperty(SyncManager, MANAGER_REFERENCE, {
  value: nameInLibrary(SyncManager, 'SyncManager', PARTS, import.meta.url),
});
