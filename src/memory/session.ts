/**
 * The session: one arena, one directory, its participants. Made by the first process that starts another or makes a shared object; children join it.
 * One per thread; opened at first use, so that importing the package opens nothing.
 */
import { existsSync, mkdirSync, rmSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { SharedMemoryError } from '../base/errors.ts';
import { LogLevel } from '../logging/levels.ts';
import { record, threshold } from '../logging/logger.ts';
import { add, load, pause, store } from '../platform/atomics.ts';
import { platform } from '../platform/current.ts';
import { Arena } from './arena.ts';
import { sweepCollected } from './collected.ts';
import { Collector } from './collector.ts';
import { Heap } from './heap.ts';
import type { LockEnvironment } from './internal_lock.ts';
import { Header, LAYOUT_VERSION, MAGIC, MAX_SEGMENTS, Participant, SEGMENT_BYTES, SpareState, UNIT_BYTES } from './layout.ts';
import { LocalHolds } from './local_holds.ts';
import { knowsAllObjectKinds } from './object_kinds.ts';
import { Objects } from './objects.ts';
import type { OwnerWord } from './participants.ts';
import { Participants, slotOf, slotWord } from './participants.ts';
import { Passages } from './passages.ts';
import type { SessionDirectory } from './session_directory.ts';
import { createDirectory, leaveDirectory, lockForChild } from './session_directory.ts';

/** The part of the memory that is available which a session may take, unless MULTIPROC_MEMORY_LIMIT says otherwise. */
const LIMIT_FRACTION = 0.5;

/** How long somebody who is out of memory waits for others to collect their garbage. */
const RELIEF_MS = 10;
const RELIEF_TRIES = 20;

/** What a child needs to join; travels by environment. */
export interface SessionAddress {
  readonly directory: string;
  /** Inherited descriptors: the arena, the child's own doorbell, its lock on the directory. */
  readonly arenaFd: number;
  /** Bytes of address space. */
  readonly capacity: number;
  readonly doorbellFd: number;
  readonly lockFd: number;
  readonly self: OwnerWord;
}

type DeathListener = (owner: OwnerWord) => void;

export class Session {
  readonly arena: Arena;
  readonly participants: Participants;
  readonly heap: Heap;
  readonly objects: Objects;
  readonly passages: Passages;
  readonly holds: LocalHolds;
  readonly collector: Collector;
  /** Owned end of this thread's doorbell. */
  readonly doorbell: number;
  readonly id: number;
  readonly #directory: SessionDirectory;
  readonly #deathListeners: DeathListener[] = [];
  readonly #cleaners: DeathListener[] = [];
  readonly #leaveListeners: (() => void)[] = [];
  #pressureSeen: number;

  constructor(arena: Arena, directory: SessionDirectory, identity: { child?: SessionAddress }) {
    this.arena = arena;
    this.#directory = directory;
    this.participants = new Participants(arena.words);
    const { participants } = this;
    const environment: LockEnvironment = {
      get self() {
        return participants.self;
      },
      isDead: (owner) => this.isDead(owner),
    };
    this.heap = new Heap(arena, environment);
    this.objects = new Objects(arena.words, this.heap, environment, () => participants.highSlot);
    if (identity.child) {
      participants.enter(identity.child.self, process.pid);
      this.doorbell = identity.child.doorbellFd;
    } else {
      participants.claimFirst(process.pid);
      this.doorbell = platform().createFifo(this.doorbellPath(participants.self));
      this.heap.format();
    }
    this.passages = new Passages(arena.words, this.objects, participants.self);
    this.holds = new LocalHolds(this.objects, this.passages);
    const { objects, holds } = this;
    this.collector = new Collector({ words: arena.words, objects, holds, participants, isDead: environment.isDead });
    objects.onCandidate = this.collector.candidateFound;
    objects.onPressure = this.heap.onPressure = () => this.#relieve();
    this.id = load(arena.words, Header.SESSION);
    this.#pressureSeen = load(arena.words, Header.PRESSURE);
    this.environment = environment;
  }

  readonly environment: LockEnvironment;

  get self(): OwnerWord {
    return this.participants.self;
  }

  get directory(): string {
    return this.#directory.path;
  }

  doorbellPath(owner: OwnerWord): string {
    return join(this.#directory.path, `doorbell-${slotOf(owner)}-${owner >>> 0}`);
  }

  /** A folder (mode 0700) for files of this thread. What is in it goes with the thread, however that ends. */
  ownFolder(): string {
    const path = this.#folderOf(this.self);
    mkdirSync(path, { mode: 0o700, recursive: true });
    return path;
  }

  #folderOf(owner: OwnerWord): string {
    return join(this.#directory.path, `files-${slotOf(owner)}-${owner >>> 0}`);
  }

  /** The kernel's word on whether a participant is dead: nobody has its doorbell open. One system call; the dead are cleaned up after by `bury`. */
  isDead(owner: OwnerWord): boolean {
    if (owner === this.self) return false;
    // Not `isListed`: who leaves by itself is no longer listed, and holds internal locks for a while yet. Its doorbell goes last.
    const fd = platform().openFifoForRinging(this.doorbellPath(owner));
    if (fd === null) return true;
    if (fd >= 0) platform().close(fd);
    return false;
  }

  /** Takes a slot for a child or a spare, makes its doorbell and its lock. The child inherits both descriptors; the caller closes its own copies after spawning. */
  claimChild(isSpare = false): { owner: OwnerWord; doorbell: number; lock: number } {
    const lock = lockForChild(this.#directory);
    let doorbell = -1;
    try {
      const prepare = (word: OwnerWord): void => {
        doorbell = platform().createFifo(this.doorbellPath(word));
      };
      return {
        owner: this.participants.claim(
          isSpare ? SpareState.BOOTING : SpareState.NONE,
          prepare,
          this.#clean,
          this.environment.isDead,
        ),
        doorbell,
        lock,
      };
    } catch (error) {
      platform().close(lock);
      throw error;
    }
  }

  /** Cleans up after a participant that is dead. Idempotent: the first to notice does it. */
  bury(owner: OwnerWord): boolean {
    if (owner !== this.self && !knowsAllObjectKinds()) return false;
    const buried = this.participants.retire(owner, this.#clean);
    if (this.isDead(owner)) this.participants.finish(owner, this.#clean);
    if (buried && threshold <= LogLevel.SUBDEBUG) record(LogLevel.SUBDEBUG, `cleaned up after participant ${slotOf(owner)}`);
    if (buried) for (const listener of this.#deathListeners) listener(owner);
    return buried;
  }

  /** Called after each clean-up done by this thread. */
  onDeath(listener: DeathListener): void {
    this.#deathListeners.push(listener);
  }

  /** Part of every clean-up, whoever does it: `clean` must be idempotent. Runs before holds and blocks are taken back. */
  onClean(clean: DeathListener): void {
    this.#cleaners.push(clean);
  }

  /** Runs before this thread leaves the session, last registered first. */
  beforeLeave(listener: () => void): void {
    this.#leaveListeners.unshift(listener);
  }

  /** Gives everything of this thread back and leaves the session; at exit only. */
  leave(): void {
    try {
      if (threshold <= LogLevel.DEBUG) record(LogLevel.DEBUG, 'leaving the session: finalisers run, daemonic children end');
      for (const listener of this.#leaveListeners) listener();
      this.bury(this.self);
      removeFile(this.doorbellPath(this.self));
    } finally {
      leaveDirectory(this.#directory, this.participants.listed().next().done === true);
    }
  }

  /** Frees what is no longer needed, and has not been found out yet. False = that was nothing. */
  #relieve(): boolean {
    const live = (): number => load(this.arena.words, Header.LIVE_OBJECTS);
    const before = live();
    sweepCollected();
    this.collector.collect();
    if (live() < before) return true;
    // The garbage of others: they hear of it at their doorbell.
    this.#pressureSeen = add(this.arena.words, Header.PRESSURE, 1) + 1;
    if (!this.onPressureRaised?.()) return false;
    for (let i = 0; i < RELIEF_TRIES; i++) {
      pause(RELIEF_MS);
      this.collector.collect();
      if (live() < before) return true;
    }
    return false;
  }

  /** Set by the layer that wakes: rings everybody. False = there is nobody else. */
  onPressureRaised: (() => boolean) | undefined;

  /** At each doorbell: somebody is out of memory, and garbage of this thread may hold some. */
  heedPressure(): void {
    const pressure = load(this.arena.words, Header.PRESSURE);
    if (pressure === this.#pressureSeen) return;
    this.#pressureSeen = pressure;
    sweepCollected();
  }

  readonly #clean = (owner: OwnerWord): void => {
    const transit = slotWord(slotOf(owner), Participant.IN_TRANSIT);
    if (load(this.arena.words, transit) !== 0) {
      add(this.arena.words, Header.RECOUNT, 1);
      store(this.arena.words, transit, 0);
    }
    for (const clean of this.#cleaners) clean(owner);
    if (owner === this.self) this.holds.forgetAll();
    this.objects.reclaim(owner);
    this.heap.reclaim(owner, this.objects.isReachable);
    this.collector.afterDeath();
    if (owner !== this.self) removeFile(this.doorbellPath(owner));
    removeFolder(this.#folderOf(owner));
  };
}

/** Or finds it gone. (`fs.rmSync` takes 2 ms at its first call.) */
function removeFile(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}

/** Few have one. */
function removeFolder(path: string): void {
  if (existsSync(path)) rmSync(path, { recursive: true, force: true });
}

let current: Session | undefined;
const openListeners: ((session: Session) => void)[] = [];

/** This thread's session, made if there is none. */
export function session(): Session {
  return current ?? open(createSession());
}

export function sessionIfOpen(): Session | undefined {
  return current;
}

/** Runs once when this thread's session opens; for the layers above to attach themselves. */
export function onSessionOpen(listener: (session: Session) => void): void {
  if (current) listener(current);
  else openListeners.push(listener);
}

function open(made: Session): Session {
  current = made;
  process.on('exit', () => made.leave());
  for (const listener of openListeners) listener(made);
  return made;
}

function createSession(): Session {
  const directory = createDirectory();
  const { fd, base, capacity } = createArena();
  const arena = new Arena(fd, base, capacity);
  const { words } = arena;
  store(words, Header.VERSION, LAYOUT_VERSION);
  store(words, Header.SESSION, 1 + Math.floor(Math.random() * (2 ** 31 - 2)));
  store(words, Header.CAPACITY_SEGMENTS, capacity / SEGMENT_BYTES);
  store(words, Header.LIMIT_UNITS, Math.floor(memoryLimit(capacity) / UNIT_BYTES) | 0);
  store(words, Header.MAGIC, MAGIC);
  return new Session(arena, directory, {});
}

/** Joins the session of the parent. */
export function joinSession(address: SessionAddress): Session {
  const { capacity } = address;
  const base = platform().map(address.arenaFd, capacity);
  if (base === null)
    throw new SharedMemoryError(
      `no address space for ${capacity} bytes of shared memory: raise the limit of virtual memory (ulimit -v)`,
    );
  const arena = new Arena(address.arenaFd, base, capacity);
  if (load(arena.words, Header.MAGIC) !== MAGIC || load(arena.words, Header.VERSION) !== LAYOUT_VERSION) {
    throw new SharedMemoryError('parent and child run different versions of multiproc: install one version for both');
  }
  return open(new Session(arena, { path: address.directory, lock: address.lockFd }, { child: address }));
}

/** As much address space as the system grants (it costs nothing until used): a limit of virtual memory makes it less. */
function createArena(): { fd: number; base: bigint; capacity: number } {
  const fd = platform().createSharedFile(MAX_SEGMENTS * SEGMENT_BYTES);
  for (let segments = MAX_SEGMENTS; segments >= 1; segments >>>= 1) {
    const base = platform().map(fd, segments * SEGMENT_BYTES);
    if (base !== null) return { fd, base, capacity: segments * SEGMENT_BYTES };
  }
  throw new SharedMemoryError('no address space for 1 GiB of shared memory: raise the limit of virtual memory (ulimit -v)');
}

function memoryLimit(capacity: number): number {
  const wanted = process.env.MULTIPROC_MEMORY_LIMIT;
  const limit = wanted === undefined ? platform().availableMemory() * LIMIT_FRACTION : Number(wanted);
  if (!(limit > 0))
    throw new SharedMemoryError(`MULTIPROC_MEMORY_LIMIT must be a number of bytes above 0, not ${JSON.stringify(wanted)}`);
  return Math.min(limit, capacity);
}
