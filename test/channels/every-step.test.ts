/** One who puts, gets, sends or receives is killed at each step. */
import { killAtEveryStep } from '../explorer/step_kill.js';

await killAtEveryStep(new URL('../explorer/kills/channels.js', import.meta.url).href);
