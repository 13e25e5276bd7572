/** Locks, semaphores, events, conditions and barriers under every interleaving with few preemptions. */
import { exploreModules } from './explore_modules.js';

await exploreModules('locks', 'signals', 'conditions');
