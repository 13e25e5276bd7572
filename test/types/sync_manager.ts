/** Type-level acceptance of the types of a SyncManager, as in usage.ts. It is never run. */
import {
  type AsyncResult,
  Barrier,
  BoundedSemaphore,
  Condition,
  Event,
  type getContext,
  JoinableQueue,
  Lock,
  Manager,
  Queue,
  RLock,
  Semaphore,
} from 'multiproc';
import {
  type BarrierLike,
  type BarrierProxy,
  type BoundedSemaphoreProxy,
  type ConditionLike,
  type ConditionProxy,
  type DictProxy,
  type EventLike,
  type EventProxy,
  type JoinableQueueLike,
  type JoinableQueueProxy,
  type ListProxy,
  type LockLike,
  type LockProxy,
  type ManagedTask,
  type NamespaceProxy,
  type QueueLike,
  type QueueProxy,
  type RLockProxy,
  type SemaphoreLike,
  type SemaphoreProxy,
  type SetProxy,
  SyncManager,
  type TaskLike,
} from 'multiproc/managers';

type Eq<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const is = <T extends true>(): void => void (0 as unknown as T);

await using m = await Manager();
export const sameClass: SyncManager = m;
export const contexts: typeof Manager = null as unknown as ReturnType<typeof getContext>['Manager'];

// ---- what is asked for is what comes back
export const list: ListProxy<number> = await m.list([1, 2]);
is<Eq<Awaited<ReturnType<typeof list.pop>>, number | undefined>>();
is<Eq<Awaited<ReturnType<typeof list.concat<string>>>, (number | string)[]>>();
// @ts-expect-error the items are numbers
list.push('x');
// @ts-expect-error a forgotten await
list.at(0)?.toFixed();
for await (const item of list) item.toFixed();
export const sorted: ListProxy<number> = await list.sort((a, b) => a - b);

export const dict: DictProxy<string, number> = await m.dict({ a: 1 });
export const byNumber: DictProxy<number, string> = await m.dict([[1, 'a']]);
export const empty: DictProxy<string, ListProxy<number>> = await m.dict();
is<Eq<Awaited<ReturnType<typeof dict.entries>>, [string, number][]>>();
is<Eq<Awaited<ReturnType<typeof dict.popEntry>>, [string, number] | undefined>>();
export const updated: number = await dict.update('a', (value: number | undefined, by: number) => (value ?? 0) + by, 2);
// @ts-expect-error the function's second argument is a number
dict.update('a', (value: number | undefined, by: number) => (value ?? 0) + by, 'x');
// @ts-expect-error the values are numbers
dict.set('a', 'b');
for await (const [key, value] of dict) key.concat(value.toFixed());

export const set: SetProxy<string> = await m.set(['a']);
is<Eq<Awaited<ReturnType<typeof set.union<number>>>, Set<string | number>>>();
export const others: boolean[] = [await set.isSubsetOf(set), await set.isSubsetOf(list), await set.isSubsetOf(new Set([1]))];
// @ts-expect-error nothing to iterate over
set.isSubsetOf(5);

export const names: NamespaceProxy<{ hits: number; user?: string }> = await m.Namespace<{ hits: number; user?: string }>({
  hits: 0,
});
export const hits: number | undefined = await names.get('hits');
// @ts-expect-error there is no such attribute
names.get('misses');
// @ts-expect-error of another type
names.set('user', 5);
export const loose: NamespaceProxy = await m.Namespace({ x: 1 });
await loose.set('anything', 'goes');

const value = await m.Value('q', 1n);
export const big: bigint = await value.value;
// @ts-expect-error 64-bit integers are bigint
value.set(1);
// @ts-expect-error unknown typecode
m.Value('z');
const array = await m.Array('?', [true]);
export const flag: boolean = await array.get(0);

const pool = await m.Pool({ processes: 2 });
export const roots: number[] = await pool.map(Math.sqrt, [1, 2]);
export const text: string = await pool.apply((n: number, s: string) => s.repeat(n), [1, 'a']);
// @ts-expect-error a wrong argument
pool.apply((n: number, s: string) => s.repeat(n), ['a', 1]);
for await (const root of pool.imap(Math.sqrt, [1])) root.toFixed();
async function* naturals(): AsyncGenerator<number> {
  yield 1;
}
export const first: number | undefined = (await pool.imapUnordered(Math.sqrt, naturals()).next({ timeout: 5 })).value;
// @ts-expect-error items of another type
pool.imap(Math.sqrt, ['a']);
export const called: AsyncResult<number[]> = pool.mapAsync(Math.sqrt, naturals(), {
  callback: (list) => list.at(0)?.toFixed(),
  errorCallback: String,
  progress: ({ done }) => done.toFixed(),
});
pool.applyAsync(Math.max, [1, 2], { callback: (n: number) => n.toFixed() });
// @ts-expect-error the result is a number
pool.applyAsync(Math.max, [1, 2], { callback: (text: string) => text.trim() });

const joinable = await m.JoinableQueue<number>();
for await (const { value: item, redelivered, done } of joinable.tasks()) {
  is<Eq<typeof done, () => Promise<void>>>();
  [item satisfies number, redelivered satisfies boolean];
}
export const task: ManagedTask<number> | undefined = await joinable.tryGetTask();
export const either: TaskLike<number>[] = [task!, await new JoinableQueue<number>().getTask()];

class Counted extends SyncManager.define({ Point: { callable: Map, argumentCounts: { new: [0, 1], get: 1 } } }) {}
export const point: unknown = await (await new Counted().Point()).get('a');
// @ts-expect-error no count
SyncManager.define({ Point: { callable: Map, argumentCounts: { get: 'one' } } });

// ---- the same interface for the objects of a manager and those in shared memory
export const locks: LockLike[] = [new Lock(), new RLock(), new Semaphore(), new Condition(), {} as LockProxy, {} as RLockProxy];
export const semaphores: SemaphoreLike[] = [
  new Semaphore(),
  new BoundedSemaphore(),
  {} as SemaphoreProxy,
  {} as BoundedSemaphoreProxy,
];
export const conditions: ConditionLike[] = [new Condition(), {} as ConditionProxy];
export const events: EventLike[] = [new Event(), {} as EventProxy];
export const barriers: BarrierLike[] = [new Barrier(2), {} as BarrierProxy];
export const queues: QueueLike<number>[] = [new Queue<number>(), {} as QueueProxy<number>, new JoinableQueue<number>()];
export const tasks: JoinableQueueLike<number>[] = [new JoinableQueue<number>(), {} as JoinableQueueProxy<number>];
// @ts-expect-error of other items
export const wrong: QueueLike<string> = {} as QueueProxy<number>;
async function scopes(lock: LockLike): Promise<boolean> {
  await using held = await lock.hold({ timeout: 5, signal: AbortSignal.timeout(5) });
  return lock.runExclusive(async (hold) => hold.abandoned || held.abandoned);
}
void scopes;
// @ts-expect-error a forgotten await
if (locks[0].acquire()) void 0;

// ---- further types
class Counter {
  next(): number {
    return 1;
  }
}
class MyManager extends SyncManager.define({ Counter }) {}
const mine = new MyManager();
export const next: number = await (await mine.Counter()).next();
export const one: ListProxy<string> = await mine.list(['x']);
