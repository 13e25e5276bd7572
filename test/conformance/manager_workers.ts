/** What the workers of the manager's suite run. Each checks what it sees: a failed assertion is an exit code that is not 0. */
import assert from 'node:assert/strict';
import type {
  ArrayProxy,
  BarrierProxy,
  ConditionProxy,
  DictProxy,
  EventProxy,
  JoinableQueueProxy,
  ListProxy,
  LockProxy,
  NamespaceProxy,
  PoolProxy,
  QueueProxy,
  RLockProxy,
  SemaphoreProxy,
  SetProxy,
  ValueProxy,
} from 'multiproc/managers';

export async function clearEvent(event: EventProxy): Promise<void> {
  assert.equal(await event.isSet(), true);
  assert.equal(await event.wait(), true);
  await event.clear();
  assert.equal(await event.isSet(), false);
  assert.equal(await event.wait({ timeout: 1 }), false);
}

/** Acquires it and stays until `leave` is set: what a client holds that ends comes back. */
export async function acquireAndStay(lock: LockProxy | SemaphoreProxy, taken: EventProxy, leave: EventProxy): Promise<void> {
  await lock.acquire();
  await taken.set();
  await leave.wait();
}

export async function acquireTwice(lock: RLockProxy): Promise<void> {
  await lock.acquire();
  assert.equal(await lock.locked(), true);
  await lock.acquire();
  await lock.release();
  await lock.release();
}

export async function useCondition(condition: ConditionProxy): Promise<void> {
  await condition.acquire();
  await condition.notify();
  await condition.release();
}

export async function seeBarrier(barrier: BarrierProxy): Promise<void> {
  assert.equal(await barrier.parties, 5);
  await barrier.reset();
}

export async function enterPool(pool: PoolProxy): Promise<void> {
  await using _scope = pool;
}

export async function useQueue(queue: QueueProxy<string>, tasks?: JoinableQueueProxy<string>): Promise<void> {
  assert.equal(await queue.qsize(), 2);
  assert.equal(await queue.full(), true);
  assert.equal(await queue.empty(), false);
  assert.equal(await queue.get(), 'queen');
  await tasks?.taskDone();
}

export async function useList(list: ListProxy<number>): Promise<void> {
  await list.push(5);
  assert.deepEqual(await list.getValue(), [5]);
  assert.equal(await list.indexOf(5), 0);
  assert.equal(await list.includes(5), true);
  assert.equal(await list.remove(5), true);
  await list.push(1, 3);
  await list.splice(1, 0, 2);
  assert.deepEqual(await list.slice(), [1, 2, 3]);
  assert.equal(await list.pop(), 3);
  await (await list.reverse()).sort();
  assert.equal(await list.length(), 2);
  await list.clear();
}

export async function useDict(dict: DictProxy<string, number>): Promise<void> {
  assert.equal(await dict.size(), 1);
  await dict.set('bar', 6);
  assert.deepEqual([await dict.get('foo'), await dict.get('none'), await dict.get('none', 9)], [5, undefined, 9]);
  assert.deepEqual((await dict.entries()).sort(), [
    ['bar', 6],
    ['foo', 5],
  ]);
  assert.deepEqual(
    [(await dict.keys()).sort(), (await dict.values()).sort()],
    [
      ['bar', 'foo'],
      [5, 6],
    ],
  );
  await dict.assign({ foo: 7 });
  await dict.assign([['spam', 8]]);
  await dict.assign(new Map([['eggs', 9]]));
  assert.deepEqual(await dict.popEntry(), ['eggs', 9]);
  assert.deepEqual([await dict.getOrInsert('eggs', 1), await dict.getOrInsert('eggs', 2)], [1, 1]);
  assert.deepEqual([await dict.pop('eggs'), await dict.pop('eggs', 3), await dict.pop('eggs')], [1, 3, undefined]);
  const copy = await dict.getValue();
  assert.ok(copy instanceof Map && copy.get('foo') === 7);
  await dict.clear();
  assert.equal(await dict.size(), 0);
}

export async function useValue(value: ValueProxy<'i'>): Promise<void> {
  assert.equal(await value.value, 1);
  assert.equal(await value.get(), 1);
  await value.set(2);
}

export async function useArray(array: ArrayProxy<'i'>): Promise<void> {
  assert.equal(await array.length(), 2);
  assert.deepEqual([await array.get(0), await array.get(1)], [0, 1]);
  assert.deepEqual(await array.getValue(), [0, 1]);
}

export async function useNamespace(names: NamespaceProxy<{ x: number; y: number }>): Promise<void> {
  assert.equal(await names.get('x'), 1);
  await names.set('y', 2);
}

export async function useSet(set: SetProxy<string>): Promise<void> {
  assert.deepEqual([...(await set.getValue())].sort(), ['a', 'b', 'c']);
  await set.add('d');
  assert.equal(await set.has('d'), true);
  assert.equal(await set.delete('d'), true);
  assert.equal(await set.delete('d'), false);
  assert.deepEqual(await set.union(['e']), new Set(['a', 'b', 'c', 'e']));
  assert.deepEqual(await set.intersection(['a', 'z']), new Set(['a']));
  assert.deepEqual(await set.difference(new Set(['a'])), new Set(['b', 'c']));
  assert.deepEqual(await set.symmetricDifference(['a', 'z']), new Set(['b', 'c', 'z']));
  assert.equal(await set.isDisjointFrom(['z']), true);
  assert.equal(await set.isSubsetOf(['a', 'b', 'c', 'd']), true);
  assert.equal(await set.isSupersetOf(['a', 'b']), true);
  assert.equal(await set.equals(['c', 'b', 'a']), true);
  assert.equal(await set.size(), 3);
  // Those that change it give the same proxy again.
  assert.equal(await set.update(['e', 'f'], set), set);
  assert.equal(await set.intersectionUpdate(['a', 'b', 'e']), set);
  assert.equal(await set.differenceUpdate(['e']), set);
  assert.equal(await set.symmetricDifferenceUpdate(['b', 'g']), set);
  assert.deepEqual([...(await set.values())].sort(), ['a', 'g']);
  assert.ok(['a', 'g'].includes((await set.pop())!));
  await set.clear();
}
