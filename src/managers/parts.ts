/** What other processes are sent of a manager by name: the function that its server runs, and those that make its proxies. */
export { rebuildDoor } from './door.ts';
export { rebuildProxy } from './proxy.ts';
export { serverMain } from './server_process.ts';
