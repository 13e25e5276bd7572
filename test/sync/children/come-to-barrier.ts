import type { Barrier } from '#dist/sync/barrier.js';
import { join, tell } from '../../support/join.js';

const [barrier] = join<[Barrier]>();
const wait = barrier.wait();
tell('came');
tell(await wait);
