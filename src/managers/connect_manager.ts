/** `connectManager`: a manager of which only the types are known. */
import type { WaitOptions } from '../base/deadlines.ts';
import { BaseManager, type ManagerOptions } from './base_manager.ts';
import { Patience } from './first_answer.ts';

/** What a manager of another program can be asked. */
export type ConnectedManager<M extends BaseManager> = Omit<M, 'start' | 'connect' | 'getServer' | 'shutdown' | 'join'>;

/**
 * A client of the manager at an address, with a method for each typeid that its server has: `connectManager<MyManager>({ address })` with `import type { MyManager }`
 * runs none of the server's code. Rejects as `connect()`. `timeout`: for all of it, 20,000 ms by default.
 */
export async function connectManager<M extends BaseManager>(options: ManagerOptions & WaitOptions): Promise<ConnectedManager<M>> {
  const manager = new BaseManager(options);
  const patience = new Patience(options);
  try {
    await manager.connect(options);
    for (const typeid of await BaseManager.typeidsOf(manager, patience)) {
      if (typeid in manager) continue;
      const make = (...args: unknown[]): Promise<unknown> => manager.create(typeid, ...args);
      Object.defineProperty(manager, typeid, { value: make, configurable: true });
    }
    return manager as unknown as ConnectedManager<M>;
  } catch (error) {
    await manager[Symbol.asyncDispose]();
    throw error;
  }
}
