/**
 * The logger of the library, and who hears it. Silent until `logToStderr` or `setLogger` names a recipient.
 *
 * `threshold` is all that a silent program pays for: one comparison where something could be logged.
 */
import { argumentTypeError } from '../base/errors.ts';
import { LogLevel, type LogLevelName, levelName, levelNumber, NEVER } from './levels.ts';
import { type Sink, stderrSink } from './library.ts';

/** What `setLogger` takes: `console`, a pino, winston or log4js logger, or anything like them. */
export interface ForeignLogger {
  debug(...args: any[]): unknown;
  info(...args: any[]): unknown;
  warn(...args: any[]): unknown;
  error(...args: any[]): unknown;
}

/** The least level that somebody hears: `if (threshold <= LogLevel.INFO) record(LogLevel.INFO, ...)`. */
export let threshold = NEVER;

let toStderr = false;
let foreign: ForeignLogger | undefined;
let sink: Sink | undefined;
let ownName = 'MainProcess';
let hearsExit = false;
/** The recipient has thrown, and the program was told. */
let hasFailed = false;

/** A logger as in Python: what it is told and its level lets through goes to the recipient, if there is one. */
export class Logger {
  readonly name: string;
  /** Whose level holds where this one has none. */
  readonly parent: Logger | null;
  #level: number;

  /** @internal */
  constructor(name: string, parent: Logger | null, level: number) {
    this.name = name;
    this.parent = parent;
    this.#level = level;
  }

  /** 0 = unset. Set it with a number or a name in any case: `logger.level = 'info'`. */
  get level(): number {
    return this.#level;
  }

  set level(level: LogLevelName | number) {
    this.#level = levelNumber(level);
    update();
  }

  setLevel(level: LogLevelName | number): void {
    this.level = level;
  }

  /** Its own level, or that of the nearest parent which has one. */
  getEffectiveLevel(): number {
    return this.#level !== 0 || this.parent === null ? this.#level : this.parent.getEffectiveLevel();
  }

  isEnabledFor(level: LogLevelName | number): boolean {
    return this.getEffectiveLevel() <= levelNumber(level);
  }

  /** `logger.log('info', 'took %d ms', ms)`: what follows the text goes into its places (`%s`, `%d`, `%o`). An error shows its stack. */
  log(level: LogLevelName | number, ...args: unknown[]): void {
    const number = levelNumber(level);
    if (number >= this.getEffectiveLevel()) record(number, ...args);
  }

  subdebug(...args: unknown[]): void {
    this.log(LogLevel.SUBDEBUG, ...args);
  }

  debug(...args: unknown[]): void {
    this.log(LogLevel.DEBUG, ...args);
  }

  info(...args: unknown[]): void {
    this.log(LogLevel.INFO, ...args);
  }

  subwarning(...args: unknown[]): void {
    this.log(LogLevel.SUBWARNING, ...args);
  }

  warning(...args: unknown[]): void {
    this.log(LogLevel.WARNING, ...args);
  }

  /** The same as `warning`. */
  warn(...args: unknown[]): void {
    this.log(LogLevel.WARNING, ...args);
  }

  error(...args: unknown[]): void {
    this.log(LogLevel.ERROR, ...args);
  }

  toString(): string {
    return `<Logger ${this.name} (${levelName(this.getEffectiveLevel())})>`;
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.toString();
  }
}

const root = new Logger('root', null, LogLevel.WARNING);
const logger = new Logger('multiproc', root, 0);

/** The logger of this library; programs may use it too. Without a recipient (`logToStderr`, `setLogger`) it is silent. Children inherit its level. */
export function getLogger(): Logger {
  return logger;
}

/**
 * From now on records are written to standard error as `[INFO/Process-1] text`, also by children that are started from now on.
 * Returns the logger, whose level becomes `level` where that is given; unset, it is WARNING.
 */
export function logToStderr(level?: LogLevelName | number): Logger {
  if (level !== undefined) logger.level = level;
  toStderr = true;
  update();
  return logger;
}

/**
 * Records of this process go to `own` instead, by its methods debug, info, warn and error; `undefined` takes that back.
 * SUBDEBUG and SUBWARNING become `debug` and `info` where it has no `subdebug` and `subwarning`. The level of `getLogger()` decides first.
 * Children begin without it: a logger of the program's own cannot be sent.
 */
export function setLogger(own: ForeignLogger | undefined, level?: LogLevelName | number): Logger {
  const missing = own === undefined ? undefined : methodMissing(own);
  if (missing !== undefined)
    throw argumentTypeError(`a logger needs a method ${missing}(): give console, or an object with debug, info, warn and error`);
  if (own === (logger as ForeignLogger)) throw argumentTypeError('the logger of multiproc cannot be its own recipient');
  if (level !== undefined) logger.level = level;
  foreign = own;
  hasFailed = false;
  update();
  return logger;
}

/** The caller has compared with `threshold`, or with a logger's level. */
export function record(level: number, ...args: readonly unknown[]): void {
  try {
    if (foreign) tell(foreign, level, args);
    else if (toStderr) {
      sink ??= stderrSink();
      sink(level, ownName, args);
    }
  } catch (error) {
    // A logger that throws must not break what it was told of, nor stay unheard.
    if (hasFailed) return;
    hasFailed = true;
    process.emitWarning(`a logger has thrown: ${error}`, { code: 'MULTIPROC_LOGGER', type: 'MultiprocWarning' });
  }
}

/** What a child inherits. */
export interface LoggingState {
  readonly level: number;
  readonly root: number;
  readonly toStderr: boolean;
}

const AT_FIRST: LoggingState = { level: 0, root: LogLevel.WARNING, toStderr: false };

/** Undefined = nothing was changed. */
export function loggingState(): LoggingState | undefined {
  if (!toStderr && logger.level === 0 && root.level === LogLevel.WARNING) return undefined;
  return { level: logger.level, root: root.level, toStderr };
}

/** In a child: what its parent had when it started it, and the name that its records have. */
export function inheritLogging(name: string, state: LoggingState | undefined): void {
  ownName = name;
  const { level, root: rootLevel, toStderr: isWritten } = state ?? AT_FIRST;
  toStderr = isWritten;
  root.level = rootLevel;
  logger.level = level;
}

function update(): void {
  threshold = toStderr || foreign ? logger.getEffectiveLevel() : NEVER;
  if (threshold === NEVER || hearsExit) return;
  hearsExit = true;
  process.on('exit', (code) => {
    if (threshold <= LogLevel.INFO) record(LogLevel.INFO, `process exiting with exit code ${code}`);
  });
}

function tell(recipient: ForeignLogger, level: number, args: readonly unknown[]): void {
  const own = recipient as ForeignLogger & Record<string, unknown>;
  if (level < LogLevel.DEBUG && typeof own.subdebug === 'function') own.subdebug(...args);
  else if (level < LogLevel.INFO) own.debug(...args);
  else if (level >= LogLevel.SUBWARNING && level < LogLevel.WARNING && typeof own.subwarning === 'function')
    own.subwarning(...args);
  else if (level < LogLevel.WARNING) own.info(...args);
  else if (level < LogLevel.ERROR) own.warn(...args);
  else own.error(...args);
}

function methodMissing(own: ForeignLogger): string | undefined {
  return (['debug', 'info', 'warn', 'error'] as const).find((method) => typeof own?.[method] !== 'function');
}
