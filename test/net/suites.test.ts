/** The suites of connections and of `wait`, which those of pipes pass, over sockets of both families. */
import { after } from 'node:test';
import type { Pipe } from 'multiproc';
import { connectionSuite, pollSuite } from '../conformance/connection_suite.js';
import type { SyncContext } from '../conformance/context.js';
import { processContext } from '../conformance/process_context.js';
import { waitSuite } from '../conformance/wait_suite.js';
import { type Any, FAMILIES, pair } from './support.js';

/** As many as the suites use. */
const PAIRS = 64;

/** What a socket has not: one direction only, and two processes that read the same end. The others make none. */
const LACKS = [
  '_TestConnection.test_duplex_false',
  '_TestPicklingConnections.test_access',
  '_TestPoll.test_boundaries',
  'TestWait.test_wait_socket',
  'TestWait.test_wait_socket_slow',
];

for (const family of FAMILIES) {
  const pairs: [Any, Any][] = [];
  for (let i = 0; i < PAIRS; i++) pairs.push(await pair(family));
  after(() => {
    for (const end of pairs.flat()) end.close();
  });
  const context: SyncContext = {
    ...processContext,
    name: family,
    lacks: LACKS,
    Pipe: (() => pairs.pop()!) as unknown as typeof Pipe,
  };
  for (const suite of [connectionSuite, pollSuite, waitSuite]) suite(context);
}
