/** Real Python at the other end of shared memory, and looks at what names there are. */
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { platform } from '#dist/platform/current.js';

/** Why Python's part of a test is skipped, or false. */
export const noPython: string | false =
  spawnSync('python3', ['-c', 'import sys, multiprocessing.shared_memory; sys.exit(sys.version_info < (3, 9))']).status === 0
    ? false
    : 'needs python3, 3.9 or later (Debian, Ubuntu: apt-get install python3)';

export const noDevShm: string | false = existsSync('/dev/shm') ? false : 'looks into /dev/shm';

/** Attaching and creating make Python's resource tracker unlink the block when Python ends: `untracked` takes that back. */
const PREAMBLE = `
import sys
from multiprocessing.shared_memory import SharedMemory, ShareableList
from multiprocessing import resource_tracker
def untracked(shm):
    resource_tracker.unregister(shm._name, 'shared_memory')
    return shm
def untracked_list(*args, **kwargs):
    made = ShareableList(*args, **kwargs)
    untracked(made.shm)
    return made
`;

/** Runs a program in Python and gives what it printed. Whatever it says on stderr is an error. */
export function python(program: string, ...args: string[]): string {
  const { status, stdout, stderr } = spawnSync('python3', ['-c', PREAMBLE + program, ...args], {
    encoding: 'utf8',
    timeout: 60_000,
    env: { ...process.env, PYTHONUTF8: '1' },
  });
  if (status !== 0 || stderr !== '') throw new Error(`python3 ended with ${status}: ${stderr}`);
  return stdout.trimEnd();
}

/** A name that only this test has. */
export function testName(): string {
  return `multiproc-test-${randomBytes(6).toString('hex')}`;
}

export function exists(name: string): boolean {
  const { named } = platform();
  const fd = named.open(name);
  if (fd !== null) platform().close(fd);
  return fd !== null;
}
