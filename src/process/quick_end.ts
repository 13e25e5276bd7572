/**
 * The end of a child. Node would take its engine apart piece by piece, and the C library would run the handlers of what is loaded: a third of what a warm
 * process takes from start to end (13 of 40 ms), and it can hang for ever where the engine is still compiling what was hot a moment ago
 * (https://github.com/nodejs/node/issues/54918). All that a program has registered for its end has run by then, and what it wrote has been written; CPython's
 * forked children end the same way. The end by an uncaught error stays Node's, which writes the error after all listeners have run; it gets a limit.
 */
import { platform } from '../platform/current.ts';

/**
 * Options with which Node itself writes at its end: profiles, traces, coverage; or waits for a debugger. (What the test runner gives its files on Node 24 are all options with their
 * defaults, `--cpu-prof-interval` and `--inspect-port` among them: those alone mean nothing.)
 */
const WRITES_AT_END =
  /^--(inspect(-brk|-wait)?|(cpu-|heap-)?prof|trace-event-categories|trace-events-enabled|trace-exit|perf-[a-z-]+|experimental-test-coverage)(=|$)/;

/** Node's own end takes some ms. One that hangs is ended by SIGALRM. */
const LONGEST_END_S = 10;

/** Of `node:module`, since Node 22. */
interface CompileCache {
  getCompileCacheDir?(): string | undefined;
  flushCompileCache?(): void;
}

interface Exitable {
  /** What `process.exit` ends with when all listeners have run. `process.exitCode` may be text. */
  reallyExit(code?: number | string): void;
}

/** From now on this process ends at once when its event loop is empty, and by `process.exit()`. */
export function endQuickly(): void {
  const exitable = process as unknown as Exitable;
  const { reallyExit } = exitable;
  exitable.reallyExit = (code = 0) => {
    if (nodeWritesAtEnd() || !keepCompiled()) reallyExit.call(process, code);
    else platform().exitAtOnce(Number(code));
  };
  process.on('beforeExit', () => {
    // Somebody else may go on from here.
    if (process.listenerCount('beforeExit') === 1) process.exit();
  });
}

/** Nobody handles an error: when all listeners have run, Node's own end must be over soon, unless it has more to do. */
export function limitEnd(): void {
  if (nodeWritesAtEnd() || process.hasUncaughtExceptionCaptureCallback()) return;
  process.once('exit', () => platform().endLater(LONGEST_END_S));
}

function nodeWritesAtEnd(): boolean {
  const { NODE_V8_COVERAGE, NODE_OPTIONS = '' } = process.env;
  if (NODE_V8_COVERAGE !== undefined) return true;
  // Node takes `_` for `-` in the names of options.
  return [...process.execArgv, ...NODE_OPTIONS.split(' ')].some((option) => WRITES_AT_END.test(option.replaceAll('_', '-')));
}

/** Writes what a program that has a compile cache (NODE_COMPILE_CACHE) compiled for the first time. False = only Node's own end does that (before 22.10). */
function keepCompiled(): boolean {
  const cache = process.getBuiltinModule('node:module') as CompileCache;
  if (cache.getCompileCacheDir?.() === undefined) return true;
  cache.flushCompileCache?.();
  return cache.flushCompileCache !== undefined;
}
