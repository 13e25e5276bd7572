/** What children do that are killed meanwhile. Each tells when it is about to wait, or holds what it wanted. */
import { getStartMethod } from 'multiproc';
import type {
  BarrierProxy,
  BoundedSemaphoreProxy,
  ConditionProxy,
  DictProxy,
  JoinableQueueProxy,
  LockProxy,
  NamespaceProxy,
  PoolProxy,
  QueueProxy,
  RLockProxy,
  SemaphoreProxy,
} from 'multiproc/managers';

const forEver = (): Promise<never> => new Promise(() => setInterval(() => {}, 60_000));

/** Something that is held, and told of by a queue. */
type Tell = QueueProxy<string>;

export async function holdLock(lock: LockProxy | RLockProxy | SemaphoreProxy | BoundedSemaphoreProxy, times: number, tell: Tell) {
  for (let i = 0; i < times; i++) await lock.acquire();
  await tell.put('holds');
  await forEver();
}

export async function waitForLock(lock: LockProxy, tell: Tell) {
  const got = lock.acquire();
  await tell.put('waits');
  await got;
  await forEver();
}

export async function waitForItem(queue: QueueProxy<number>, tell: Tell) {
  const got = queue.get();
  await tell.put('waits');
  await got;
  await forEver();
}

export function waitForItemSync(queue: QueueProxy<number>, tell: Tell) {
  void tell.put('waits');
  queue.sync.get();
  return forEver();
}

export async function waitForNotify(condition: ConditionProxy, tell: Tell) {
  await condition.acquire();
  const notified = condition.wait();
  await tell.put('waits');
  await notified;
  await forEver();
}

/** Two waits of it are over, and want the lock back, which a third task of this process holds. */
export async function waitTwiceAndHold(condition: ConditionProxy, tell: Tell) {
  for (let i = 0; i < 2; i++) {
    const inLine = condition.runExclusive(() => condition.wait({ timeout: 1 }));
    inLine.catch(() => {});
  }
  await condition.runExclusive(async () => {
    // It answers after the waits have run out: their timers are older.
    await new Promise((resolve) => setTimeout(resolve, 20));
    await tell.put('holds');
    await forEver();
  });
}

export async function waitAtBarrier(barrier: BarrierProxy, tell: Tell) {
  const passed = barrier.wait();
  await tell.put('waits');
  await passed;
}

export async function getOne(queue: JoinableQueueProxy<number>, tell: Tell) {
  await tell.put(`got ${await queue.get()}`);
  await forEver();
}

/** Begins to get from the queue in the dict, and gives its proxy up. */
export async function getAndGiveUp(
  dict: DictProxy<string, JoinableQueueProxy<number>>,
  form: 'get' | 'getMany' | 'getTask',
  lock: LockProxy,
  tell: Tell,
) {
  await lock.acquire();
  const queue = (await dict.get('queue'))!;
  const got = form === 'getMany' ? queue.getMany(1).then(([item]) => item) : queue[form]();
  queue[Symbol.dispose]();
  await tell.put('waits');
  const item = await got;
  await tell.put(`got ${typeof item === 'number' ? item : item.value}`);
  if (typeof item !== 'number') await item.done();
}

export async function iterate(list: AsyncIterable<number>, tell: Tell) {
  for await (const item of list) {
    await tell.put(`item ${item}`);
    await forEver();
  }
}

export async function usePool(pool: PoolProxy, tell: Tell) {
  const task = pool.apply(sleepLong);
  await tell.put('waits');
  await task;
}

export async function sleepLong(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 600_000));
}

export function double(x: number): number {
  return 2 * x;
}

export function add(a: number, b: number): number {
  return a + b;
}

/** Adds `times` in each way there is to do it in one step. */
export async function count(dict: DictProxy<string, number>, names: NamespaceProxy<{ n: number }>, times: number) {
  for (let i = 0; i < times; i++) {
    await Promise.all([dict.increment('increment'), dict.update('update', plus, 1), names.increment('n')]);
    for (;;) {
      const seen = await dict.get('swap');
      if (await dict.compareAndSet('swap', seen, (seen ?? 0) + 1)) break;
    }
  }
}

export function plus(value: number | undefined, more: number): number {
  return (value ?? 0) + more;
}

export function descending(a: number, b: number): number {
  return b - a;
}

export async function plusSoon(value: number): Promise<number> {
  return value + 1;
}

export class Counter {
  #n = 0;
  next(): number {
    return ++this.#n;
  }
}

/** By which method processes are started where this runs. */
export function startMethodHere(): string {
  return getStartMethod();
}
