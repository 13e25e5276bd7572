/** One who collects, destroys what can no longer be reached, or passes on objects in messages is killed at each step. */
import { killAtEveryStep } from './step_kill.js';

for (const file of ['collector', 'passengers']) await killAtEveryStep(new URL(`kills/${file}.js`, import.meta.url).href);
