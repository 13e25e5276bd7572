/**
 * The session's directory in the temp folder: the doorbells, and nothing else. Mode 0700.
 *
 * Every participant holds a shared `flock` on it for its lifetime (the kernel drops it with the process). Whoever gets it exclusively may remove it:
 * the last to leave, or the next session to start after a main program was killed.
 */
import { chmodSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SharedMemoryError } from '../base/errors.ts';
import { platform } from '../platform/current.ts';

const PREFIX = 'multiproc-';

export interface SessionDirectory {
  readonly path: string;
  readonly lock: number;
}

export function createDirectory(): SessionDirectory {
  const parent = tmpdir();
  removeAbandoned(parent);
  for (let attempt = 0; attempt < 100; attempt++) {
    const path = mkdtempSync(join(parent, PREFIX));
    chmodSync(path, 0o700);
    const lock = platform().lockDirectoryShared(path);
    // Another session's clean-up can come between making and locking: then the folder is gone, and the next try makes another.
    if (lock !== null && exists(path)) return { path, lock };
    if (lock !== null) platform().close(lock);
  }
  throw new SharedMemoryError(`multiproc cannot make a folder of its own in ${parent}: is it on a file system with flock?`);
}

export function joinDirectory(path: string): SessionDirectory {
  const lock = platform().lockDirectoryShared(path);
  if (lock === null) throw new SharedMemoryError(`the session at ${path} is gone: its main program has ended`);
  return { path, lock };
}

/** Removes the folder if nobody else is in it. */
export function leaveDirectory({ path, lock }: SessionDirectory): void {
  if (platform().lockDirectoryExclusive(lock)) rmSync(path, { recursive: true, force: true });
  platform().close(lock);
}

function removeAbandoned(parent: string): void {
  for (const name of readdirSync(parent)) {
    if (!name.startsWith(PREFIX)) continue;
    const path = join(parent, name);
    const fd = isOwn(path) ? platform().openDirectory(path) : null;
    if (fd === null) continue;
    if (platform().lockDirectoryExclusive(fd)) rmSync(path, { recursive: true, force: true });
    platform().close(fd);
  }
}

function isOwn(path: string): boolean {
  const stat = statSync(path, { throwIfNoEntry: false });
  return stat?.isDirectory() === true && stat.uid === process.getuid?.();
}

function exists(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined;
}
