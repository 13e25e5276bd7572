import { freezeSupport } from '#dist/index.js';
import { functions, main } from './everything.js';

freezeSupport(functions).then(main);
