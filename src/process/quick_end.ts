/**
 * The end of a child. Node would take its engine apart piece by piece, and the C library would run the handlers of what is loaded: a third of what a warm
 * process takes from start to end (13 of 40 ms), and it can hang for ever where the engine is still compiling what was hot a moment ago
 * (https://github.com/nodejs/node/issues/54918). All that a program has registered for its end has run by then, and what it wrote has been written; CPython's
 * forked children end the same way. Left as it is: the end by an uncaught error, which Node reports after all listeners have run.
 */
import { platform } from '../platform/current.ts';

/** What Node itself writes at its end: coverage, profiles, traces, and what a debugger waits for. */
const WRITES_AT_END =
  /--(inspect|cpu-prof|heap-prof|heapsnapshot|prof\b|trace-event|trace-exit|perf-|report-|experimental-test-coverage|test-coverage)/;

interface Exitable {
  /** What `process.exit` ends with when all listeners have run. `process.exitCode` may be text. */
  reallyExit(code?: number | string): void;
}

/** From now on this process ends at once when its event loop is empty, and by `process.exit()`. */
export function endQuickly(): void {
  const exitable = process as unknown as Exitable;
  const { reallyExit } = exitable;
  exitable.reallyExit = (code = 0) => {
    if (nodeWritesAtEnd()) reallyExit.call(process, code);
    else platform().exitAtOnce(Number(code));
  };
  process.on('beforeExit', () => {
    // Somebody else may go on from here.
    if (process.listenerCount('beforeExit') === 1) process.exit();
  });
}

function nodeWritesAtEnd(): boolean {
  const { NODE_V8_COVERAGE, NODE_OPTIONS = '' } = process.env;
  return NODE_V8_COVERAGE !== undefined || WRITES_AT_END.test(`${process.execArgv.join(' ')} ${NODE_OPTIONS}`);
}
