/** The same as a CommonJS module, with the guard where the third argument says so. */
import fs = require('node:fs');
import multiproc = require('multiproc');

fs.appendFileSync(process.env.STARTED!, `${process.pid}\n`);

exports.work = function work(): void {
  console.log(`worked, isMain: ${multiproc.isMain(module)}`);
};

if (process.argv[2] === 'unguarded' || multiproc.isMain(module)) {
  const child = new multiproc.Process({ target: exports.work }).start();
  child.join().then((code) => console.log(`exit code ${code}`));
}
