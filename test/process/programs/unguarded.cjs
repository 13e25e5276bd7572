// The same as a CommonJS module, with a guard or without, as its argument says.
const { appendFileSync } = require('node:fs');
const { isMain, Process } = require('multiproc');

appendFileSync(process.env.STARTED, `${process.pid}\n`);

exports.work = function work() {
  console.log(`worked, isMain: ${isMain(module)}`);
};

if (process.argv[2] === 'unguarded' || isMain(module)) {
  const child = new Process({ target: exports.work }).start();
  child.join().then((code) => console.log(`exit code ${code}`));
}
