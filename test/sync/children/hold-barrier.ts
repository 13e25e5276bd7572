import type { Barrier } from '#dist/sync/barrier.js';
import { join, tell } from '../../support/join.js';

const [barrier] = join<[Barrier]>();
tell(String(barrier));
process.on('message', () => process.exit());
process.channel!.ref();
