import { join, tell } from '../../support/join.js';

/** Holds what it was given until it is killed. */
const kept = join();
tell('ready');
setInterval(() => kept, 1000);
