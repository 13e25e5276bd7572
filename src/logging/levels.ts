/** Levels of the log: CPython's numbers, and the two that its multiprocessing adds. Any number between them is a level as well. */
import { argumentRangeError, argumentTypeError } from '../base/errors.ts';

/** Named levels. 0 is no level: unset, so that the level of the parent holds. */
export const LogLevel = { SUBDEBUG: 5, DEBUG: 10, INFO: 20, SUBWARNING: 25, WARNING: 30, ERROR: 40 } as const;

export type LogLevelName = keyof typeof LogLevel | Lowercase<keyof typeof LogLevel>;

/** Above all levels. */
export const NEVER = Infinity;

/** The number of a level. Throws TypeError or RangeError with the names that there are. */
export function levelNumber(level: LogLevelName | number): number {
  if (typeof level === 'number') {
    if (level >= 0) return level;
    throw argumentRangeError(`a log level is a number from 0 (unset) up, not ${level}`);
  }
  const names = Object.keys(LogLevel).join(', ');
  if (typeof level !== 'string') throw argumentTypeError(`a log level is a number or one of ${names}, not ${typeof level}`);
  const name = level.toUpperCase();
  if (!Object.hasOwn(LogLevel, name))
    throw argumentRangeError(`there is no log level ${JSON.stringify(level)}: give a number or one of ${names}`);
  return LogLevel[name as keyof typeof LogLevel];
}

/** `INFO`; `Level 32` for what has no name. */
export function levelName(level: number): string {
  for (const [name, number] of Object.entries(LogLevel)) if (number === level) return name;
  return level === 0 ? 'NOTSET' : `Level ${level}`;
}
