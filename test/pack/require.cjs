// A CommonJS module that requires the installed package, which is an ES module.
const { isMain, Pool } = require('multiproc');

function fib(n) {
  return n < 2 ? n : fib(n - 1) + fib(n - 2);
}
exports.fib = fib;

async function main() {
  const pool = new Pool(2);
  try {
    console.log(JSON.stringify(await pool.map(fib, [10, 11, 12])));
  } finally {
    await pool.terminate();
  }
}

if (isMain(module)) main();
