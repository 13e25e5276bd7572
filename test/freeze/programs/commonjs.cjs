const { freezeSupport, isMain, Process } = require('#dist/index.js');
const { tell } = require('./commonjs-tasks.cjs');

freezeSupport({ tell }).then(async () => {
  console.log('isMain', isMain(module));
  tell();
  console.log('exit code', await new Process({ target: tell }).start().join());
});
