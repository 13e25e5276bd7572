/**
 * The logging library underneath: pino, which has numeric levels of one's own and a destination of one's own. Loaded with the first record that is written.
 * docs/decisions/0017-logging.md says why it is that one.
 */
import { createRequire } from 'node:module';
import { format } from 'node:util';
import { LogLevel, levelName } from './levels.ts';
import { writeRecord } from './stderr.ts';

export type Sink = (level: number, process: string, args: readonly unknown[]) => void;

/** What pino leaves at a stream with its metadata symbol before it writes. */
interface Metadata {
  lastMsg?: unknown;
  lastObj?: { err?: unknown };
}

const METADATA = Symbol.for('pino.metadata');
const DESCENDING = Object.entries(LogLevel).reverse();

/** Writes records to standard error as `[INFO/Process-1] text`. */
export function stderrSink(): Sink {
  const pino = loadPino();
  return pino ? pinoSink(pino) : plainSink;
}

function pinoSink(pino: typeof import('pino').default): Sink {
  let prefix = '';
  const destination: Metadata & { write(json: string): void } = {
    write() {
      writeRecord(prefix, textOf(this));
    },
  };
  Reflect.set(destination, METADATA, true);
  const customLevels = Object.fromEntries(Object.entries(LogLevel).map(([name, level]) => [name.toLowerCase(), level]));
  const logger = pino(
    { level: 'subdebug', customLevels, useOnlyCustomLevels: true, base: null, timestamp: false },
    destination,
  ) as unknown as Record<string, (...args: unknown[]) => void>;
  return (level, process, args) => {
    prefix = prefixOf(level, process);
    const [name] = DESCENDING.find(([, least]) => least <= level) ?? DESCENDING.at(-1)!;
    logger[name.toLowerCase()](...args);
  };
}

/** An error shows its stack, as the last thing. */
function textOf({ lastMsg, lastObj }: Metadata): string {
  const error = lastObj?.err;
  const stack = error instanceof Error ? (error.stack ?? String(error)) : undefined;
  if (stack === undefined) return lastMsg === undefined ? format(lastObj) : String(lastMsg);
  return lastMsg === undefined || stack.includes(String(lastMsg)) ? stack : `${lastMsg}\n${stack}`;
}

/** For a bundle that took this library along and not its dependencies. */
const plainSink: Sink = (level, process, args) => writeRecord(prefixOf(level, process), format(...args));

function prefixOf(level: number, process: string): string {
  return `[${levelName(level)}/${process}] `;
}

/** Synchronously, and where a bundler finds it: the plain `require` is what it replaces. In an ES module of Node's there is none. */
function loadPino(): typeof import('pino').default | undefined {
  for (const load of [() => require('pino'), () => createRequire(import.meta.url)('pino')]) {
    try {
      return load();
    } catch {
      // The next way.
    }
  }
  return undefined;
}
