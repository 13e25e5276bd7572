/** Whether this is the program's main thread. `node:worker_threads` is loaded when somebody asks: it would be one of the slowest parts of importing the library. */
export function isMainThread(): boolean {
  return process.getBuiltinModule('node:worker_threads').isMainThread;
}
