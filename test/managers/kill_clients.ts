/** Clients that use everything of a manager at random until they are killed. */
import { AttributeError, type Queue, QueueEmpty } from 'multiproc';
import {
  type BaseProxy,
  type BoundedSemaphoreProxy,
  type ConditionProxy,
  connectManager,
  DictProxy,
  type EventProxy,
  type JoinableQueueProxy,
  type ListProxy,
  type LockProxy,
  ManagedDict,
  type ManagerAddress,
  type QueueProxy,
  type RLockProxy,
  SyncManager,
} from 'multiproc/managers';

export interface Things {
  readonly lock: LockProxy;
  readonly rlock: RLockProxy;
  readonly permits: BoundedSemaphoreProxy;
  readonly condition: ConditionProxy;
  readonly event: EventProxy;
  /** Who gets one puts it back; one is lost with a client that is killed between. */
  readonly tokens: QueueProxy<number>;
  /** The same; nothing is lost. */
  readonly tasks: JoinableQueueProxy<number>;
  readonly list: ListProxy<number>;
  readonly counts: DictProxy<string, number>;
}

export interface Where {
  readonly address: ManagerAddress;
  readonly authkey: string;
}

const shelf = new ManagedDict<string, unknown>();

export class KillManager extends SyncManager.define({
  // All get the one that is there: programs find the rest in it.
  shelf: { callable: () => shelf, exposed: ManagedDict.exposed, proxyType: DictProxy<string, unknown> },
}) {}

/** Proxies on their way between the processes of the session. */
export type Traffic = Queue<BaseProxy<any>>;

/** Never ends. `name` counts what was done. */
export async function useAtRandom(
  name: string,
  things: Things,
  where: Where,
  traffic: Traffic | null,
  seed: number,
): Promise<never> {
  const { lock, rlock, permits, condition, event, tokens, tasks, list, counts } = things;
  const manager = await connectManager<SyncManager>(where);
  let state = seed;
  const random = (n: number): number => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    return (state >>> 8) % n;
  };
  const soon = { timeout: 20 };
  const passOn = async (): Promise<void> => {
    const made = await manager.list([1, 2, 3]);
    if (!traffic?.tryPut(made)) made[Symbol.dispose]();
  };
  const receive = async (): Promise<void> => {
    const got = traffic?.tryGet() as ListProxy | undefined;
    try {
      await got?.push(4);
    } catch (error) {
      // Its sender was killed meanwhile.
      if (!(error instanceof AttributeError)) throw error;
    }
    got?.[Symbol.dispose]();
  };
  const uses: readonly (() => Promise<unknown>)[] = [
    () => lock.runExclusive(() => counts.increment('guarded')),
    async () => (await lock.acquire(), await lock.release()),
    () => rlock.runExclusive(() => rlock.runExclusive(() => counts.increment('guarded'))),
    async () => (await permits.acquire()) && permits.release(),
    () =>
      condition.runExclusive(async () => {
        await condition.wait(soon);
        await condition.notify();
      }),
    () => event.wait({ timeout: 5 }),
    async () => tokens.put(await tokens.get(soon)),
    async () => {
      await tasks.put(await tasks.get(soon));
      await tasks.taskDone();
    },
    async () => {
      for await (const item of list) if (item > random(4)) break;
    },
    async () => void (await manager.Namespace({ of: name })),
    passOn,
    passOn,
    receive,
    receive,
  ];
  for (;;) {
    try {
      await Promise.all([1, 2, 3].map(() => uses[random(uses.length)]()));
    } catch (error) {
      if (!(error instanceof QueueEmpty)) throw error;
    }
    await counts.increment(name);
  }
}
