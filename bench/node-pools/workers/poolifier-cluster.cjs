// CommonJS, because an ES module is loaded too late: the pool's first message is gone before anybody listens, and it waits for ever.
const { ClusterWorker } = require('poolifier');

module.exports = new ClusterWorker((x) => x);
