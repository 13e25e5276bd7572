import type { Connection } from '#dist/channels/connection.js';
import { join } from '../../support/join.js';

/** Sends what it receives on to the next one, and holds nothing itself. */
const [from, to] = join<[Connection<any, never>, Connection<never, any>]>();
for await (const value of from) to.sendSync(value);
