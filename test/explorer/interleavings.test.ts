/** The ground and the channels under every interleaving with few preemptions. Scenarios: the modules in interleaved/. */
import { exploreModules } from './explore_modules.js';

await exploreModules('memory', 'channels', 'tasks', 'collector');
