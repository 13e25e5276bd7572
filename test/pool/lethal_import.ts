/** Whoever imports this dies, other than the process that the tests run in. */
if (process.env.POOL_TEST_MAIN !== String(process.pid)) process.kill(process.pid, 'SIGKILL');

export function unreachable(): number {
  return 1;
}

export class Unreachable {
  value = 1;
}
