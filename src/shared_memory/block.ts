/**
 * Blocks of named shared memory: making one, attaching to one, taking its name away. `memory/named_records.ts` says what a crash leaves at each step.
 *
 * Mapped memory is never unmapped while anybody could touch it: that would be SIGSEGV, not an exception. The mapping hangs on its ArrayBuffer, which every
 * view of it keeps, and goes when that is collected. (Detaching the buffer instead would make it possible to unmap at once, were it not for reads and
 * writes that the thread pool is doing in it.) Where memory runs out, what can be collected is. A worker thread that ends leaves its mappings to its process: its finalisers no longer run.
 */
import { SharedMemoryError, SharedMemoryExistsError, SharedMemoryNotFoundError } from '../base/errors.ts';
import { sweepCollected, whenCollected } from '../memory/collected.ts';
import { type NameRecord, removeRecord, startRecord } from '../memory/named_records.ts';
import { session, sessionIfOpen } from '../memory/session.ts';
import { keepInPlace } from '../memory/untransferable.ts';
import { platform } from '../platform/current.ts';
import type { NamedMemory } from '../platform/interface.ts';
import { generateName } from './names.ts';

/** A block as this thread sees it. */
export interface Block {
  readonly name: string;
  /** Tells it from other blocks of the same name; empty where the system cannot. */
  readonly identity: string;
  /** Exactly its bytes. */
  readonly buffer: ArrayBuffer;
}

/** For making one. */
export interface Making {
  /** Writes what shall be there before the block has its name. */
  readonly fill?: (buffer: ArrayBuffer) => void;
  /** For tests. */
  readonly generate?: () => string;
  /** For tests. */
  readonly named?: NamedMemory;
}

/** More in one view ends the process on Node 20. */
export const MAX_BYTES = 2 ** 31;
/** The kernel undoes a reservation that a signal interrupts, so that a large one might never end. */
const RESERVE_STEP = 2 ** 24;
/** Of a generated name: each time, one name in four thousand million for each block that exists. */
const NAME_TRIES = 100;

/** Makes a block that the session owns. Without a name it gets one that is free. Throws SharedMemoryExistsError, SharedMemoryError. */
export function createBlock(name: string | undefined, bytes: number, making: Making = {}): Block {
  const { generate = generateName } = making;
  checkAvailable(bytes);
  for (let tries = name === undefined ? NAME_TRIES : 1; tries > 0; tries--) {
    const block = makeBlock(name ?? generate(), bytes, making);
    if (block) return block;
  }
  throw new SharedMemoryExistsError(
    name === undefined
      ? 'no free name for shared memory was found: unlink blocks that nobody needs'
      : `shared memory '${name}' exists: attach to it with SharedMemory.attach('${name}'), unlink it first, or use another name`,
  );
}

/** Attaches to a block. `identity`: the one it must have. Throws SharedMemoryNotFoundError, SharedMemoryError. */
export function openBlock(name: string, identity?: string): Block {
  const { named } = platform();
  const fd = named.open(name);
  if (fd === null) throw notFound(name);
  try {
    const state = named.describe(fd);
    if (identity !== undefined && state.identity !== identity) throw notFound(name, true);
    if (state.size === 0)
      throw new SharedMemoryError(`shared memory '${name}' has no size yet: its creator is just making it, or was stopped there`);
    if (state.size > MAX_BYTES)
      throw new SharedMemoryError(`shared memory '${name}' has ${state.size} bytes; one view can have ${MAX_BYTES}`);
    // Python takes memory at the first touch. None left then would be SIGBUS, here as there.
    if (!state.isReserved) reserve(fd, name, state.size);
    return { name, identity: state.identity, buffer: map(fd, state.size) };
  } finally {
    platform().close(fd);
  }
}

/** Takes a block's name away, if it still has it. Throws SharedMemoryNotFoundError, SharedMemoryError. */
export function unlinkBlock({ name, identity }: Pick<Block, 'name' | 'identity'>): void {
  const { named } = platform();
  const fd = named.open(name);
  if (fd === null) throw notFound(name);
  try {
    if (named.describe(fd).identity !== identity) throw notFound(name, true);
  } finally {
    platform().close(fd);
  }
  if (!named.unlink(name)) throw notFound(name);
  const directory = sessionIfOpen()?.directory;
  if (directory !== undefined) removeRecord(directory, name, identity);
}

/** Undefined: the name is taken. */
function makeBlock(name: string, bytes: number, { named = platform().named, fill }: Making): Block | undefined {
  const record = startRecord(session().directory, name);
  try {
    const block = named.rename
      ? makeDraft(named, named.rename, record, name, bytes, fill)
      : makeNamed(named, record, name, bytes, fill);
    if (!block) record.remove();
    return block;
  } catch (error) {
    record.takeBack();
    throw error;
  }
}

/** Under a name of its own first: the block appears whole, and its identity is on record before. */
function makeDraft(
  named: NamedMemory,
  rename: NonNullable<NamedMemory['rename']>,
  record: NameRecord,
  name: string,
  bytes: number,
  fill: Making['fill'],
): Block | undefined {
  const fd = named.create(record.draft);
  if (fd === null) throw new SharedMemoryExistsError(`shared memory '${record.draft}' exists: it was made by no program of ours`);
  try {
    named.resize(fd, bytes);
    reserve(fd, name, bytes);
    const { identity } = named.describe(fd);
    const buffer = map(fd, bytes);
    fill?.(buffer);
    record.write(name, identity);
    if (rename(record.draft, name)) return { name, identity, buffer };
    named.unlink(record.draft);
    return undefined;
  } finally {
    platform().close(fd);
  }
}

function makeNamed(named: NamedMemory, record: NameRecord, name: string, bytes: number, fill: Making['fill']): Block | undefined {
  record.write(name, null);
  const fd = named.create(name);
  if (fd === null) return undefined;
  try {
    record.write(name, named.describe(fd).identity);
    named.resize(fd, bytes);
    reserve(fd, name, bytes);
    // The system may have rounded up to whole pages.
    const { size, identity } = named.describe(fd);
    const buffer = map(fd, size);
    fill?.(buffer);
    return { name, identity, buffer };
  } finally {
    platform().close(fd);
  }
}

/** Asked for before anything is made: in a memory cgroup too large a reservation ends in the OOM killer, not in an error. */
function checkAvailable(bytes: number): void {
  let [named, machine] = available();
  // Blocks that were unlinked and closed take memory until they are collected.
  if (bytes > Math.min(named, machine) && sweepCollected() > 0) [named, machine] = available();
  const left = Math.min(named, machine);
  if (bytes <= left) return;
  const where = named < machine ? 'the file system of shared memory (/dev/shm) has' : 'this machine or container has';
  throw new SharedMemoryError(
    `${bytes} bytes of shared memory were asked for, and ${where} ${left} left: ask for less, unlink what nobody needs, or raise the limit (docker run --shm-size)`,
  );
}

function available(): [named: number, machine: number] {
  return [platform().named.available(), platform().availableMemory()];
}

function reserve(fd: number, name: string, bytes: number, mayCollect = true): void {
  try {
    for (let done = 0; done < bytes; done += RESERVE_STEP) platform().reserve(fd, done, Math.min(RESERVE_STEP, bytes - done));
  } catch (cause) {
    if (mayCollect && sweepCollected() > 0) {
      reserve(fd, name, bytes, false);
      return;
    }
    throw new SharedMemoryError(
      `there is no memory for the ${bytes} bytes of shared memory '${name}'; ${platform().named.available()} are left: ask for less, unlink what nobody needs, or raise the limit (docker run --shm-size)`,
      { cause },
    );
  }
}

function map(fd: number, length: number): ArrayBuffer {
  let address = platform().map(fd, length);
  if (address === null && sweepCollected() > 0) address = platform().map(fd, length);
  if (address === null)
    throw new SharedMemoryError(
      `no address space for ${length} bytes of shared memory: raise the limit of virtual memory (ulimit -v)`,
    );
  let buffer: ArrayBuffer | undefined;
  try {
    buffer = platform().view(address, length);
  } finally {
    if (!buffer) platform().unmap(address, length);
  }
  keepInPlace(buffer);
  whenCollected(buffer, () => platform().unmap(address, length));
  return buffer;
}

function notFound(name: string, isAnother = false): SharedMemoryNotFoundError {
  return new SharedMemoryNotFoundError(
    isAnother
      ? `shared memory '${name}' was unlinked, and another block has that name now`
      : `there is no shared memory '${name}': it was unlinked, the program that made it has ended, or the name is wrong`,
  );
}
