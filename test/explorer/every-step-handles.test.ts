/** One who sends, receives or leaves with descriptors is killed at each step. */
import { killAtEveryStep } from './step_kill.js';

await killAtEveryStep(new URL('kills/handles.js', import.meta.url).href);
