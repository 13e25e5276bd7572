// TypeScript that Node runs as it is (24, 26), that tsx runs everywhere, and that tsc accepts against the installed declarations.
import { type AsyncResult, isMain, Pool } from 'multiproc';

export function fib(n: number): number {
  return n < 2 ? n : fib(n - 1) + fib(n - 2);
}

if (isMain(import.meta)) {
  await using pool = new Pool(2);
  const result: AsyncResult<number[]> = pool.map(fib, [10, 11, 12]);
  console.log(JSON.stringify(await result));
}
