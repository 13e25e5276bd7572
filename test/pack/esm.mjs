// An ES module that uses the installed package.
import { isMain, Pool } from 'multiproc';

export function fib(n) {
  return n < 2 ? n : fib(n - 1) + fib(n - 2);
}

if (isMain(import.meta)) {
  const pool = new Pool(2);
  try {
    console.log(JSON.stringify(await pool.map(fib, [10, 11, 12])));
  } finally {
    await pool.terminate();
  }
}
