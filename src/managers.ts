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
export { BaseProxy } from './managers/proxy.ts';
export type { TypeOptions, TypeSpec } from './managers/registry.ts';
export type { ProxyBase, Remote } from './managers/remote.ts';
