/** `Manager()`, which loads the rest when it is called: a program that has no managers does not pay for them. */
import { isFrozen } from '../platform/packaging.ts';
import { START_METHOD, type StartMethod } from '../process/start_method.ts';
import { registerLate } from '../references/registered.ts';
import type { ManagerOptions } from './base_manager.ts';
import type { SyncManager } from './sync_manager.ts';

/**
 * A started SyncManager: `await using m = await Manager();`. Its server is a process of its own, which ends with `shutdown()`, with the scope, or with this program.
 * Follows CPython's `multiprocessing.Manager`. Throws TypeError for options that are none, BootstrapError where no process may be started.
 */
export function Manager(options?: ManagerOptions): Promise<SyncManager> {
  return startManager(options);
}

/** The same with a start method for the server. */
export async function startManager(options: ManagerOptions | undefined, method?: StartMethod): Promise<SyncManager> {
  const { SyncManager } = await import('./sync_manager.ts');
  const managerClass = method === undefined ? SyncManager : class extends SyncManager {};
  if (method !== undefined)
    Object.defineProperties(managerClass, { [START_METHOD]: { value: method }, name: { value: 'SyncManager' } });
  const manager = new managerClass(options);
  await manager.start();
  return manager;
}

// In a bundle other processes have this part, too, and do not know it before they meet an object of a manager.
if (isFrozen()) registerLate(() => import('./sync_manager.ts'));
