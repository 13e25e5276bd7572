/**
 * Who owns which names of named shared memory: the session, by a file for each block in its directory, written before the name exists.
 * Whoever removes the directory (the last to leave, or the next session that finds it abandoned) takes the names away first.
 *
 * A file is called `shm-<hash of the name>-<draft>`, where <draft> is a random word, and has a line of JSON for each step:
 *
 *   (nothing)                            a block called `multiproc-<draft>` may exist, and belongs to us alone: nobody can guess that name
 *   {name, identity}                     also, `name` may exist; it is ours if it is that very block
 *   {name, identity: null}               also, `name` may exist and may be ours (systems that cannot rename)
 *
 * The last whole line counts; a line that is cut short was not followed by anything.
 *
 * Making a block                         Crash after it
 *   1 the file                           the file goes with the directory
 *   2 the draft is created, sized, paid  the draft is unlinked by its name
 *   3 the line {name, identity}          the draft is unlinked; `name` is somebody else's, or is not there: left alone
 *   4 the draft is renamed to `name`     `name` is unlinked. (This makes the block visible, whole; it fails when the name is taken.)
 * Where blocks cannot be renamed (macOS): the line {name, null}, `name` is created, the line {name, identity}, the size. After a crash between the
 * first and the second line `name` is unlinked if it is empty: it may be another program's, one that is just making it, and that cannot be told.
 *
 * Taking the name away: `name` is unlinked, then the file. A crash between them leaves a file whose block is gone. The same is left when another program
 * unlinks it. Then `name` is nobody's, or another block's, with another identity: left alone.
 * Unlinking is "look who it is, then unlink": who takes a name away and makes it anew between the two, loses it. No system has one call for both.
 */
import { appendFileSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SharedMemoryError } from '../base/errors.ts';
import { platform } from '../platform/current.ts';

const PREFIX = 'shm-';
const DRAFT_PREFIX = 'multiproc-';

interface Line {
  readonly name: string;
  readonly identity: string | null;
}

/** The record of a block to come. */
export interface NameRecord {
  /** A name that is nobody else's. */
  readonly draft: string;
  /** Before the block gets `name`. */
  write(name: string, identity: string | null): void;
  /** When there is neither a draft nor a name of ours. */
  remove(): void;
  /** The making failed somewhere: takes away what there is of it, and the record. */
  takeBack(): void;
}

/** Step 1. `name`: the one that the block will have. Throws SharedMemoryError when the folder cannot be written to. */
export function startRecord(directory: string, name: string): NameRecord {
  const draft = process.getBuiltinModule('node:crypto').randomBytes(12).toString('hex');
  const path = join(directory, `${prefixOf(name)}${draft}`);
  try {
    writeFileSync(path, '', { flag: 'wx', mode: 0o600 });
  } catch (cause) {
    throw new SharedMemoryError(
      `multiproc cannot note in its folder ${directory} that it makes shared memory '${name}': was the folder removed, or is its disk full?`,
      { cause },
    );
  }
  return {
    draft: DRAFT_PREFIX + draft,
    write: (name, identity) => appendFileSync(path, `${JSON.stringify({ name, identity } satisfies Line)}\n`),
    remove: () => rmSync(path, { force: true }),
    takeBack() {
      unlinkNames(path);
      rmSync(path, { force: true });
    },
  };
}

/** The name was taken away from the block. */
export function removeRecord(directory: string, name: string, identity: string): void {
  for (const file of existsSync(directory) ? readdirSync(directory) : []) {
    if (!file.startsWith(prefixOf(name))) continue;
    const path = join(directory, file);
    if (lastLine(path)?.identity === identity) rmSync(path, { force: true });
  }
}

/** Takes away every name that a session which is over has left. Can be stopped anywhere, and done again. */
export function unlinkRecorded(directory: string): void {
  for (const file of readdirSync(directory)) if (file.startsWith(PREFIX)) unlinkNames(join(directory, file));
}

/** The names that one record is about. */
function unlinkNames(path: string): void {
  unlinkIf(DRAFT_PREFIX + path.slice(path.lastIndexOf('-') + 1), () => true);
  const line = lastLine(path);
  if (!line) return;
  const { name, identity } = line;
  unlinkIf(name, (state) => (identity === null ? state.size === 0 : state.identity === identity));
}

function unlinkIf(name: string, isOurs: (state: { size: number; identity: string }) => boolean): void {
  const { named } = platform();
  let fd: number | null = null;
  try {
    fd = named.open(name);
    if (fd !== null && isOurs(named.describe(fd))) named.unlink(name);
  } catch {
    // Another user's by now, or not a block at all: not ours.
  } finally {
    if (fd !== null) platform().close(fd);
  }
}

function lastLine(path: string): Line | undefined {
  try {
    const lines = readFileSync(path, 'utf8').split('\n');
    return lines.length < 2 ? undefined : JSON.parse(lines[lines.length - 2]);
  } catch {
    return undefined;
  }
}

function prefixOf(name: string): string {
  return `${PREFIX}${process.getBuiltinModule('node:crypto').createHash('sha256').update(name).digest('hex').slice(0, 16)}-`;
}
