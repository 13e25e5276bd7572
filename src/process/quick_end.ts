/**
 * The end of a child with nothing left to do. Node would take its engine apart piece by piece, and the C library would run the handlers of what
 * is loaded: a third of what a warm process takes from start to end (13 of 40 ms). All that a program has registered for its end has run by then, and what it
 * wrote has been written; CPython's forked children end the same way.
 */
import { platform } from '../platform/current.ts';

/** What Node itself writes at its end: coverage, profiles, traces, and what a debugger waits for. */
const WRITES_AT_END =
  /--(inspect|cpu-prof|heap-prof|heapsnapshot|prof\b|trace-event|perf-|report-|experimental-test-coverage|test-coverage)/;

export function endQuickly(): void {
  // Somebody else may go on from here.
  if (process.listenerCount('beforeExit') > 1) return;
  // What `process.exit` ends with when all listeners have run. `process.exitCode` may be text.
  if (!nodeWritesAtEnd())
    Object.assign(process, { reallyExit: (code: number | string = 0) => platform().exitAtOnce(Number(code)) });
  process.exit();
}

function nodeWritesAtEnd(): boolean {
  const { NODE_V8_COVERAGE, NODE_OPTIONS = '' } = process.env;
  return NODE_V8_COVERAGE !== undefined || WRITES_AT_END.test(`${process.execArgv.join(' ')} ${NODE_OPTIONS}`);
}
