/** Attaches to a block, and does nothing else with the library. */
import { readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { SharedMemory } from 'multiproc/shared-memory';

SharedMemory.attach(process.argv[2]).buf[0] = 78;
console.log(`${readdirSync(tmpdir()).length} session folders`);
