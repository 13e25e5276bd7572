// What a test run may leave behind, found without trusting the library under test.
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';

/**
 * @typedef {{ marker: string, folder: string, sharedMemory: Set<string> }} World  `sharedMemory`: what /dev/shm held before the run
 * @typedef {{ kind: 'process' | 'folder' | 'shared memory', text: string, pid?: number, path?: string }} Debris
 */

/** @param {World} world @returns {Debris[]} */
export function findDebris(world) {
  return [...findProcesses(world.marker), ...findFolders(world.folder), ...findSharedMemory(world.sharedMemory, world.marker)];
}

/** @param {Debris[]} debris */
export function removeDebris(debris) {
  for (const { pid, path } of debris) {
    if (pid !== undefined) kill(pid);
    if (path !== undefined) rmSync(path, { recursive: true, force: true });
  }
}

/** Linux only: elsewhere another process's environment cannot be read without tools. */
function findProcesses(marker) {
  const found = [];
  for (const entry of list('/proc')) {
    const pid = Number(entry);
    if (!Number.isInteger(pid) || pid === process.pid) continue;
    if (!read(`/proc/${pid}/environ`).includes(`MULTIPROC_TEST_RUN=${marker}`)) continue;
    const command = read(`/proc/${pid}/cmdline`).replaceAll('\0', ' ').trim();
    found.push({ kind: 'process', pid, text: `process ${pid} (${state(pid)}): ${command.slice(0, 300)}` });
  }
  return found;
}

/**
 * All processes of the run but `runner`, its first. An orphan is one whose parent does not belong to the run (it has ended).
 * @param {string} marker @param {number} runner @returns {(Debris & { pid: number, isOrphan: boolean })[]}
 */
export function findRunning(marker, runner) {
  const ours = findProcesses(marker);
  const pids = new Set(ours.map(({ pid }) => pid));
  return ours.filter(({ pid }) => pid !== runner).map((item) => ({ ...item, isOrphan: !pids.has(parentOf(item.pid)) }));
}

/** Where in the kernel each thread of a process is: by that one sees what a process that hangs waits for. @param {number} pid */
export function threadsOf(pid) {
  const folder = `/proc/${pid}/task`;
  return list(folder).map((thread) => {
    const of = (file) => read(`${folder}/${thread}/${file}`).trim();
    return `${of('comm')}: ${of('wchan') || '?'}, system call ${of('syscall').split(' ').slice(0, 3).join(' ') || '?'}`;
  });
}

/** The name, in parentheses, may hold anything. */
function parentOf(pid) {
  const stat = read(`/proc/${pid}/stat`);
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
}

function findFolders(folder) {
  return list(folder)
    .filter((name) => name.startsWith('multiproc-'))
    .map((name) => ({
      kind: 'folder',
      path: join(folder, name),
      text: `session folder ${name}: ${list(join(folder, name)).join(' ') || 'empty'}`,
    }));
}

/** What a process that is no part of this run has mapped is that one's: several runs share one /dev/shm. */
function findSharedMemory(before, marker) {
  const names = list('/dev/shm').filter((name) => /^(multiproc|mps_)/.test(name) && !before.has(name));
  if (names.length === 0) return [];
  const foreign = list('/proc')
    .filter((entry) => /^\d+$/.test(entry) && !read(`/proc/${entry}/environ`).includes(`MULTIPROC_TEST_RUN=${marker}`))
    .map((pid) => read(`/proc/${pid}/maps`))
    .join('\n');
  return names
    .filter((name) => !foreign.includes(`/dev/shm/${name}`))
    .map((name) => ({ kind: 'shared memory', path: `/dev/shm/${name}`, text: `shared memory /dev/shm/${name}` }));
}

function state(pid) {
  const status = read(`/proc/${pid}/status`);
  const of = (key) => new RegExp(`^${key}:\\s*(.*)$`, 'm').exec(status)?.[1] ?? '?';
  return `${of('State')}, parent ${of('PPid')}`;
}

function kill(pid) {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // gone by itself
  }
}

/** A process may end between two looks; what cannot be read is not there. */
function read(path) {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}

function list(path) {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}
