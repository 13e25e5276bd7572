// A CommonJS module that imports the installed package when it needs it.
function fib(n) {
  return n < 2 ? n : fib(n - 1) + fib(n - 2);
}
exports.fib = fib;

import('multiproc').then(async ({ isMain, Pool }) => {
  if (!isMain(module)) return;
  const pool = new Pool(2);
  try {
    console.log(JSON.stringify(await pool.map(fib, [10, 11, 12])));
  } finally {
    await pool.terminate();
  }
});
