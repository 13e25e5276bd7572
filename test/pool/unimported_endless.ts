/** A module whose import notes that it has begun, and never ends. Named by URL, never imported by the tests. */
import { note } from './tasks.js';

note(process.env.POOL_TEST_IMPORTS!, String(process.pid));
await new Promise(() => setInterval(() => {}, 1e6));

export function unreachable(): number {
  return 1;
}
