import { freezeSupport } from '#dist/index.js';
import { functions, main } from './everything.js';

await freezeSupport(functions);
await main();
