/**
 * The session's directory in the temp folder: the doorbells, and the records of named shared memory. Mode 0700.
 *
 * Every participant holds a shared `flock` on it for its lifetime (the kernel drops it with the process). Whoever gets it exclusively may remove it:
 * the last to leave, or the next session to start after a main program was killed. A child inherits its lock, so that it has it while it boots.
 */
import { chmodSync, lstatSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SharedMemoryError } from '../base/errors.ts';
import { pause } from '../platform/atomics.ts';
import { platform } from '../platform/current.ts';
import { unlinkRecorded } from './named_records.ts';

const PREFIX = 'multiproc-';
/** Of the last one out, a millisecond apart. */
const LAST_TRIES = 50;

export interface SessionDirectory {
  readonly path: string;
  readonly lock: number;
}

export function createDirectory(): SessionDirectory {
  const parent = tmpdir();
  // First of all: where it cannot be loaded, no folder is left behind.
  const system = platform();
  removeAbandoned(parent);
  for (let attempt = 0; attempt < 100; attempt++) {
    const path = makeDirectory(parent);
    const lock = system.lockDirectoryShared(path);
    // Another session's clean-up can come between making and locking: then the folder is gone, and the next try makes another.
    if (lock !== null && exists(path)) return { path, lock };
    if (lock !== null) system.close(lock);
  }
  throw new SharedMemoryError(`multiproc cannot make a folder of its own in ${parent}: is it on a file system with flock?`);
}

/** A lock for a child, which inherits the descriptor. */
export function lockForChild({ path }: SessionDirectory): number {
  const lock = platform().lockDirectoryShared(path);
  if (lock === null)
    throw new SharedMemoryError(`multiproc cannot open ${path}: is the limit of open files reached, or was the folder removed?`);
  return lock;
}

function makeDirectory(parent: string): string {
  try {
    const path = mkdtempSync(join(parent, PREFIX));
    allowOwner(path);
    return path;
  } catch (cause) {
    throw new SharedMemoryError(
      `multiproc cannot make a folder of its own in ${parent}: set TMPDIR to a folder that exists and can be written to`,
      { cause },
    );
  }
}

/** Whatever the umask is. A folder that is gone again is none to lock, either. */
function allowOwner(path: string): void {
  try {
    chmodSync(path, 0o700);
  } catch (error) {
    if (exists(path)) throw error;
  }
}

/**
 * Removes the folder if nobody else is in it. `isLast`: nobody else is known to live; then who has just died is waited for,
 * since the kernel closes its doorbell, which tells of the death, a moment before its lock.
 */
export function leaveDirectory({ path, lock }: SessionDirectory, isLast: boolean): void {
  let isFree = platform().lockDirectoryExclusive(lock);
  for (let tries = isLast ? LAST_TRIES : 0; tries > 0 && !isFree; tries--) {
    pause(1);
    isFree = platform().lockDirectoryExclusive(lock);
  }
  if (isFree) remove(path);
  platform().close(lock);
}

function removeAbandoned(parent: string): void {
  for (const name of list(parent)) {
    if (!name.startsWith(PREFIX)) continue;
    const path = join(parent, name);
    const fd = isOwn(path) ? platform().openDirectory(path) : null;
    if (fd === null) continue;
    if (platform().lockDirectoryExclusive(fd)) remove(path);
    platform().close(fd);
  }
}

/** A temp folder may be writable without being readable. */
function list(parent: string): string[] {
  try {
    return readdirSync(parent);
  } catch {
    return [];
  }
}

/** What cannot be removed (another session does it at the same time) is no reason to fail. */
function remove(path: string): void {
  try {
    unlinkRecorded(path);
    rmSync(path, { recursive: true, force: true });
  } catch {
    // The next session looks again.
  }
}

/** Another user may put a link to a folder of ours there: that is not the folder. */
function isOwn(path: string): boolean {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  return stat?.isDirectory() === true && stat.uid === process.getuid?.();
}

function exists(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined;
}
