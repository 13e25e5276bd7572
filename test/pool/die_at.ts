/** Preloaded in workers (NODE_OPTIONS): ends the process at the Nth atomic operation after it was armed. */
let left = 0;

Object.assign(globalThis, {
  poolTestDieIn(operations: number): void {
    left = operations;
  },
  poolTestLeft: () => left,
  [Symbol.for('multiproc.atomics.observer')]: (): void => {
    if (left > 0 && --left === 0) process.kill(process.pid, 'SIGKILL');
  },
});
