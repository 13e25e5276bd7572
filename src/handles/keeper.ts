/**
 * The keeper: the descriptors that this thread has sent and nobody has received for good, and the socket in the session's folder at which others ask for them.
 *
 * Who asks connects, writes its request, rings. So the keeper needs no watch of its own in the event loop: it looks at its socket when its doorbell rings,
 * be it in the event loop or in a blocking wait. It never keeps the event loop alive; what is left when the process ends goes to its parent.
 */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { KeeperState, Participant } from '../memory/layout.ts';
import type { ObjectReference, Passenger } from '../memory/object_kinds.ts';
import type { OwnerWord } from '../memory/participants.ts';
import { slotOf, slotWord } from '../memory/participants.ts';
import { onSessionOpen, type Session } from '../memory/session.ts';
import { compareExchange, load, pause, store } from '../platform/atomics.ts';
import { platform } from '../platform/current.ts';
import { waiting } from '../wakeup/waiting.ts';
import { createParcel, openParcel, secretOf, setKeeper } from './parcels.ts';
import { Answer, type ParsedRequest, parseRequest, REQUEST_BYTES, Request, requestBytes } from './protocol.ts';

/** How long a process that leaves waits for its parent to open its keeper. */
const PARENT_MS = 1000;

/** Kept descriptors among which dead ones are not worth looking for. */
const LEAST_SWEEP = 32;

interface Fresh {
  readonly index: number;
  readonly passengers: readonly Passenger[];
}

interface Kept {
  readonly reference: ObjectReference;
  readonly fd: number;
  readonly secret: Int32Array;
}

export class Keeper {
  readonly #session: Session;
  readonly #socket: number;
  /** By index of the parcel. */
  readonly #kept = new Map<number, Kept>();
  /** Connections, in the order in which they came, and what they have asked so far. */
  readonly #connections = new Map<number, ParsedRequest | undefined>();
  /** Parcels that this thread itself holds, until the call that sends them is over; and the list of the message's passengers in which they stand. */
  #fresh: Fresh[] = [];
  /** So many are kept before dead ones are looked for without a ring: a loop that never sleeps hears none. */
  #sweepAt = LEAST_SWEEP;
  #hasLeft = false;
  #reserve = -1;
  readonly #buffer = Buffer.alloc(REQUEST_BYTES);

  constructor(session: Session) {
    this.#session = session;
    this.#socket = platform().passing.listen(keeperPath(session, session.self));
    this.#renewReserve();
    store(session.arena.words, stateWord(session.self), KeeperState.OPEN);
    const look = (): void => this.#look();
    // The subscription looks now and then, so that a ring which was lost is only late.
    waiting().subscribe([], look);
    // A ring that came while the thread was looking by itself has left no byte, so it looks before it sleeps, too.
    waiting().sleepHooks.push({ before: look, after: look });
    session.beforeLeave(() => this.leave());
    wantParent(session);
  }

  /**
   * Keeps a duplicate of `fd` and returns the parcel, which lives while a message carries it: the caller adds it to `passengers`, those of the message that
   * is being written. Throws PlatformError, SharedMemoryError.
   */
  keep(fd: number, passengers: readonly Passenger[]): ObjectReference {
    this.#letGo(this.#fresh.filter(isSent));
    if (this.#kept.size >= this.#sweepAt) this.#sweep();
    const copy = this.#duplicate(fd);
    try {
      const { reference, secret } = createParcel();
      this.#add({ reference, fd: copy, secret });
      if (this.#fresh.length === 0) setImmediate(() => this.#letGo(this.#fresh));
      this.#fresh.push({ index: reference.index, passengers });
      return reference;
    } catch (error) {
      platform().close(copy);
      throw error;
    }
  }

  /** A duplicate of the descriptor of a parcel that this thread keeps; undefined = it does not. */
  take({ index, generation }: ObjectReference): number | undefined {
    // A child may have left it a moment ago.
    if (this.#kept.get(index)?.reference.generation !== generation) this.#look();
    const kept = this.#kept.get(index);
    return kept?.reference.generation === generation ? platform().passing.duplicate(kept.fd) : undefined;
  }

  get count(): number {
    return this.#kept.size;
  }

  /** What was sent is in its channel by now, or will never be. */
  #letGo(sent: readonly Fresh[]): void {
    if (sent.length === 0) return;
    const isGone = new Set(sent);
    this.#fresh = this.#fresh.filter((fresh) => !isGone.has(fresh));
    for (const { index } of sent) this.#session.holds.drop(index);
  }

  /** What is kept and dead may be what there is no room for. */
  #duplicate(fd: number): number {
    try {
      return platform().passing.duplicate(fd);
    } catch {
      this.#sweep();
      return platform().passing.duplicate(fd);
    }
  }

  #sweep(): void {
    for (const [index, { reference, fd }] of this.#kept) {
      if (this.#session.objects.isLive(reference)) continue;
      this.#kept.delete(index);
      platform().close(fd);
    }
    this.#sweepAt = Math.max(LEAST_SWEEP, 2 * this.#kept.size);
  }

  #look(): void {
    if (this.#hasLeft) return;
    // A thread that blocks has no next turn: the last duplicate would keep a stream open that all have closed.
    this.#letGo(this.#fresh.filter(isSent));
    for (const [fd, request] of [...this.#connections]) this.#serve(fd, request);
    for (let fd = this.#accept(); fd !== null; fd = this.#accept()) this.#serve(fd, undefined);
    this.#sweep();
    this.#renewReserve();
  }

  /** One that is kept in reserve lets a full process answer, and so get rid of what fills it. */
  #accept(): number | null {
    const { passing } = platform();
    let fd = passing.accept(this.#socket);
    if (fd === -1 && this.#reserve >= 0) {
      platform().close(this.#reserve);
      this.#reserve = -1;
      fd = passing.accept(this.#socket);
    }
    return fd === -1 ? null : fd;
  }

  #renewReserve(): void {
    if (this.#reserve >= 0) return;
    try {
      this.#reserve = platform().passing.duplicate(this.#socket);
    } catch {
      // At the next look.
    }
  }

  #serve(fd: number, known: ParsedRequest | undefined): void {
    const request = known ?? this.#read(fd);
    if (request === undefined || (request?.what === Request.TAKE && !this.#answer(fd, request))) {
      this.#connections.set(fd, request);
      return;
    }
    this.#connections.delete(fd);
    platform().close(fd);
    if (request?.what === Request.TAKE) waiting().doorbells.ring(request.from);
  }

  /** Undefined = nothing came yet; null = nothing will, or it was no request. */
  #read(fd: number): ParsedRequest | null | undefined {
    const received = platform().passing.receive(fd, this.#buffer);
    if (!received) return received;
    const { length, passed } = received;
    const request = length === REQUEST_BYTES ? parseRequest(this.#buffer) : null;
    if (request?.what === Request.ADOPT && passed >= 0) this.#adopt(request, passed);
    else if (passed >= 0) platform().close(passed);
    return request;
  }

  /** False = the system does not take it now. */
  #answer(fd: number, { reference, secret }: ParsedRequest): boolean {
    const kept = this.#kept.get(reference.index);
    const { passing } = platform();
    const isHere = kept?.reference.generation === reference.generation && areSame(kept.secret, secret);
    const sent = isHere ? passing.send(fd, Uint8Array.of(Answer.HERE), kept.fd) : passing.send(fd, Uint8Array.of(Answer.UNKNOWN));
    return sent !== 'full';
  }

  /** A child leaves, and somebody may still receive what it has sent. */
  #adopt({ reference, secret }: ParsedRequest, fd: number): void {
    if (this.#session.objects.isLive(reference) && areSame(secretOf(openParcel(reference)), secret))
      this.#add({ reference, fd, secret });
    else platform().close(fd);
  }

  #add(kept: Kept): void {
    // The last parcel with this index is gone, and was not looked for yet.
    const before = this.#kept.get(kept.reference.index);
    if (before) platform().close(before.fd);
    this.#kept.set(kept.reference.index, kept);
  }

  /** Hands over what is left, and closes. Before this thread leaves the session. */
  leave(): void {
    if (this.#hasLeft) return;
    this.#letGo(this.#fresh);
    this.#look();
    if (this.#kept.size > 0) this.#handOver();
    for (const { fd } of this.#kept.values()) platform().close(fd);
    for (const fd of this.#connections.keys()) platform().close(fd);
    this.#kept.clear();
    this.#connections.clear();
    this.#hasLeft = true;
    for (const fd of [this.#socket, this.#reserve]) if (fd >= 0) platform().close(fd);
    rmSync(keeperPath(this.#session, this.#session.self), { force: true });
  }

  /** To the parent, which need not answer: what lies in its socket is kept by the kernel until it looks. */
  #handOver(): void {
    const { participants, self } = this.#session;
    const parent = participants.parent(self);
    if (parent === 0 || !isReady(this.#session, parent)) return;
    for (const { reference, fd, secret } of this.#kept.values()) {
      if (!this.#session.objects.isLive(reference)) continue;
      const connection = platform().passing.connect(keeperPath(this.#session, parent));
      if (connection === null || connection < 0) return;
      const sent = platform().passing.send(connection, requestBytes(Request.ADOPT, self, reference, secret), fd);
      if (sent === 'sent') setKeeper(openParcel(reference), parent);
      platform().close(connection);
    }
    waiting().doorbells.ring(parent);
  }
}

/** Of a participant. */
export function keeperPath({ directory }: Session, owner: OwnerWord): string {
  return join(directory, `keeper-${slotOf(owner)}-${owner >>> 0}`);
}

function stateWord(owner: OwnerWord): number {
  return slotWord(slotOf(owner), Participant.KEEPER);
}

/** The parent opens its keeper at its next look, in time for this participant's end. */
function wantParent({ arena, participants, self }: Session): void {
  const parent = participants.parent(self);
  if (parent === 0 || !participants.isListed(parent)) return;
  if (compareExchange(arena.words, stateWord(parent), KeeperState.NONE, KeeperState.WANTED) === KeeperState.NONE)
    waiting().doorbells.ring(parent);
}

/** Whether the parent's keeper is open: it may be busy, or have heard of the wish a moment ago. */
function isReady({ arena }: Session, parent: OwnerWord): boolean {
  const until = performance.now() + PARENT_MS;
  for (;;) {
    if (!waiting().doorbells.probe(parent)) return false;
    if (load(arena.words, stateWord(parent)) === KeeperState.OPEN) return true;
    if (performance.now() > until) return false;
    waiting().doorbells.ring(parent);
    pause(1);
  }
}

/** The writer of the message has let go of its list, which happens when the message holds for itself what is in it. */
function isSent({ index, passengers }: Fresh): boolean {
  return !passengers.some((passenger) => passenger.index === index);
}

function areSame(a: Int32Array, b: Int32Array): boolean {
  return a.length === b.length && a.every((word, i) => word === b[i]);
}

let current: Keeper | undefined;

/** This thread's keeper, opened at the first descriptor that it sends. Throws PlatformError. */
export function keeper(session: Session): Keeper {
  current ??= new Keeper(session);
  return current;
}

export function keeperIfOpen(): Keeper | undefined {
  return current;
}

onSessionOpen((session) => {
  waiting().heeds.push(() => {
    if (current !== undefined || load(session.arena.words, stateWord(session.self)) !== KeeperState.WANTED) return;
    try {
      keeper(session);
    } catch {
      // No descriptors are left: what the child leaves is lost, and the next ring tries again.
    }
  });
  session.onClean((owner) => {
    if (owner === session.self || load(session.arena.words, stateWord(owner)) !== KeeperState.OPEN) return;
    rmSync(keeperPath(session, owner), { force: true });
    store(session.arena.words, stateWord(owner), KeeperState.NONE);
  });
});
