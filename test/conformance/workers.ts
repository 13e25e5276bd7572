/** What the workers of the suites run. A party of the test's own thread runs the same functions. */
import assert from 'node:assert/strict';
import { BrokenBarrierError, type SharedArray, type SimpleQueue, type Value } from 'multiproc';
import { struct } from 'multiproc/sharedctypes';
import type {
  Awaitable,
  BarrierLike,
  ConditionLike,
  EventLike,
  JoinableQueueLike,
  Limit,
  LockLike,
  QueueLike,
  SemaphoreLike,
  TallyLike,
  TaskLike,
} from './context.js';
import { acquire, type Form, get, hold, pass, put, wait, waitFor } from './forms.js';

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** An async body in the sync form keeps out other workers, not this thread's tasks: a worker has one. */
async function exclusively<R>(form: Form, lock: LockLike, body: () => Awaitable<R>): Promise<Awaited<R>> {
  if (form === 'async') return lock.runExclusive(body);
  using _held = await hold(form, lock);
  return await body();
}

// ---- locks and semaphores

/** Acquires it `times`, tells how it shows itself then, and releases it when `leave` is set. */
export async function holdUntil(
  form: Form,
  lock: LockLike,
  times: number,
  shown: QueueLike<string>,
  leave: EventLike,
): Promise<void> {
  for (let i = 0; i < times; i++) await acquire(form, lock);
  await shown.put(String(lock));
  await leave.wait();
  for (let i = 0; i < times; i++) await lock.release();
}

export async function tellLocked(lock: LockLike, answers: QueueLike<boolean>): Promise<void> {
  await answers.put(await lock.locked());
}

export async function tryToAcquire(form: Form, lock: LockLike, answers: QueueLike<boolean>): Promise<void> {
  await answers.put(await acquire(form, lock, { timeout: 0 }));
}

export async function releaseOnce(semaphore: SemaphoreLike): Promise<void> {
  await semaphore.release();
}

// ---- conditions

/** With the lock held, tells that it is going to wait; then, that it has woken. */
export async function sleepOnce(
  form: Form,
  condition: ConditionLike,
  sleeping: SemaphoreLike,
  woken: SemaphoreLike,
  limit?: Limit,
): Promise<boolean> {
  return exclusively(form, condition, async () => {
    await sleeping.release();
    const isNotified = await wait(form, condition, limit);
    await woken.release();
    return isNotified;
  });
}

/** The async form may ask a manager for the value, the sync form cannot. */
function reads(form: Form, state: TallyLike, target: number): () => unknown {
  return form === 'async' ? async () => (await state.value) === target : () => (state as Value<'i'>).value === target;
}

/** From -1 to 0, which the other side waits for; then waits itself until it is 4. */
export async function countTogether(form: Form, condition: ConditionLike, state: TallyLike): Promise<void> {
  await exclusively(form, condition, async () => {
    await state.add(1);
    await condition.notify();
    assert.equal(await waitFor(form, condition, reads(form, state, 4)), true);
    assert.equal(await state.value, 4);
  });
}

export async function waitInVain(
  form: Form,
  condition: ConditionLike,
  state: TallyLike,
  sleeping: SemaphoreLike,
  timeout: number,
): Promise<void> {
  await exclusively(form, condition, async () => {
    await sleeping.release();
    const began = performance.now();
    assert.equal(await waitFor(form, condition, reads(form, state, 4), { timeout }), false);
    assert.ok(performance.now() - began >= timeout - 5);
  });
}

export async function notifyOnce(form: Form, condition: ConditionLike): Promise<void> {
  await exclusively(form, condition, () => condition.notify());
}

// ---- events

/** Wakes the other side, which wakes this one: nothing else happens meanwhile that could. */
export async function answerEvents(form: Form, ping: EventLike, pong: EventLike, rounds: number): Promise<void> {
  for (let round = 0; round < rounds; round++) {
    assert.equal(await wait(form, ping), true);
    await ping.clear();
    await pong.set();
  }
}

// ---- barriers

async function breaks(form: Form, barrier: BarrierLike, limit?: Limit): Promise<boolean> {
  try {
    await pass(form, barrier, limit);
    return false;
  } catch (error) {
    assert.ok(error instanceof BrokenBarrierError, String(error));
    return true;
  }
}

/** One of the parties, whoever it happens to be. */
const isChosen = async (barrier: BarrierLike, index: number): Promise<boolean> =>
  index === Math.floor((await barrier.parties) / 2);

export async function passInLockstep(
  form: Form,
  barrier: BarrierLike,
  before: TallyLike,
  after: TallyLike,
  rounds: number,
): Promise<void> {
  const parties = await barrier.parties;
  for (let round = 0; round < rounds; round++) {
    await before.add(1);
    assert.equal(await after.value, round * parties);
    await pass(form, barrier);
    await after.add(1);
    assert.equal(await before.value, (round + 1) * parties);
    await pass(form, barrier);
  }
}

/** All are in the same round: who came early for the next has not told of it before this one has. */
export async function tellRounds(
  form: Form,
  barrier: BarrierLike,
  rounds: number,
  lock: LockLike,
  told: QueueLike<number>,
): Promise<void> {
  for (let round = 0; round < rounds; round++) {
    await pass(form, barrier);
    await exclusively(form, lock, () => told.put(round));
  }
}

export async function tellIndex(form: Form, barrier: BarrierLike, indexes: QueueLike<number>): Promise<void> {
  await indexes.put(await pass(form, barrier));
}

/** The barrier's action adds one to `actions` at each passage, before anybody goes on. */
export async function seeAction(form: Form, barrier: BarrierLike, actions: TallyLike): Promise<void> {
  await pass(form, barrier);
  assert.equal(await actions.value, 1);
}

/** One aborts, the others fail. */
export async function abortOrFail(form: Form, barrier: BarrierLike, passed: TallyLike, failed: TallyLike): Promise<void> {
  if (await isChosen(barrier, await pass(form, barrier))) await barrier.abort();
  else await ((await breaks(form, barrier)) ? failed : passed).add(1);
}

/** One resets while all others wait, who fail; then all pass. */
export async function resetOrFail(
  form: Form,
  barrier: BarrierLike,
  passed: TallyLike,
  failed: TallyLike,
  passedAgain: TallyLike,
): Promise<void> {
  const parties = await barrier.parties;
  if (await isChosen(barrier, await pass(form, barrier))) {
    while ((await barrier.nWaiting) < parties - 1) await turn();
    await barrier.reset();
  } else {
    await ((await breaks(form, barrier)) ? failed : passed).add(1);
  }
  await pass(form, barrier);
  await passedAgain.add(1);
}

/** `other` keeps all together while one resets the broken barrier. */
export async function abortThenReset(
  form: Form,
  barrier: BarrierLike,
  other: BarrierLike,
  passed: TallyLike,
  failed: TallyLike,
  passedAgain: TallyLike,
): Promise<void> {
  await abortOrFail(form, barrier, passed, failed);
  if (await isChosen(other, await pass(form, other))) await barrier.reset();
  await pass(form, other);
  await pass(form, barrier);
  await passedAgain.add(1);
}

/** The late one comes when time has run out for all others. `limit` is for the second passage alone. */
export async function comeLate(
  form: Form,
  barrier: BarrierLike,
  limit: Limit | undefined,
  failures: SemaphoreLike,
  failed: TallyLike,
): Promise<void> {
  const parties = await barrier.parties;
  if (await isChosen(barrier, await pass(form, barrier, { timeout: 30_000 }))) {
    for (let i = 0; i < parties - 1; i++) await failures.acquire();
  }
  if (await breaks(form, barrier, limit)) await failed.add(1);
  await failures.release();
}

// ---- queues

/** Once it may begin: gets so many. Then it says so. */
export async function drain(
  form: Form,
  queue: QueueLike<unknown>,
  count: number,
  begin: EventLike,
  end: EventLike,
): Promise<void> {
  await begin.wait();
  for (let i = 0; i < count; i++) await get(form, queue);
  await end.set();
}

export async function fill(form: Form, queue: QueueLike<number>, items: readonly number[], end?: EventLike): Promise<void> {
  for (const item of items) await put(form, queue, item);
  await end?.set();
}

/** Does items until it gets one that says that there are no more; `done` counts. */
export async function doTasks(form: Form, queue: JoinableQueueLike<number | null>, done: TallyLike): Promise<void> {
  for (let item = await get(form, queue); item !== null; item = await get(form, queue)) {
    await turn();
    await done.add(1);
    await queue.taskDone();
  }
  await queue.taskDone();
}

/** What it sees of a queue before and after it has put one item; it begins when it may. */
export async function tellEmpty(form: Form, queue: SimpleQueue<boolean>, begin: EventLike, end: EventLike): Promise<void> {
  await begin.wait();
  const before = queue.empty();
  await put(form, queue, before);
  await put(form, queue, queue.empty());
  await end.set();
}

// ---- values and arrays

export const Foo = struct({ x: 'i', y: 'd', z: 'q' });

export function setValues(values: readonly { value: unknown }[], news: readonly unknown[]): void {
  for (const [i, value] of values.entries()) value.value = news[i];
}

export function prefixSums(array: SharedArray<'i'>): void {
  for (let i = 1; i < array.length; i++) array.set(i, array.get(i) + array.get(i - 1));
}

export function rawPrefixSums(array: Int32Array): void {
  for (let i = 1; i < array.length; i++) array[i] += array[i - 1];
}

export function doubleAll(
  x: Value<'i'>,
  y: Value<'d'>,
  z: Value<'q'>,
  foo: Value<typeof Foo>,
  array: SharedArray<'d'>,
  text: SharedArray<'c'>,
): void {
  x.value *= 2;
  y.value *= 2;
  z.value *= 2n;
  foo.x *= 2;
  foo.y *= 2;
  foo.z *= 2n;
  text.value = text.value.repeat(2);
  for (let i = 0; i < array.length; i++) array.set(i, 2 * array.get(i));
}

/** How an item is got; `done`: the last task is done. */
export type Way = 'get' | 'getMany' | 'getTask' | 'done';

/** Gets items, tells which, and keeps them until it may leave. */
export async function keepItems<T>(
  queue: JoinableQueueLike<T>,
  ways: readonly Way[],
  tell: QueueLike<[T, boolean][]>,
  leave: EventLike,
): Promise<void> {
  const items: [T, boolean][] = [];
  let task: TaskLike<T> | undefined;
  for (const way of ways) {
    if (way === 'done') await task!.done();
    else if (way === 'getTask') {
      task = await queue.getTask();
      items.push([task.value, task.redelivered]);
    } else items.push([way === 'get' ? await queue.get() : (await queue.getMany(1))[0], false]);
  }
  await tell.put(items);
  await leave.wait();
}
