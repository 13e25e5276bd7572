const { isMain } = require('#dist/index.js');

exports.tell = () => console.log('isMain in a module', isMain(module));
