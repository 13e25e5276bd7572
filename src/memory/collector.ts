/**
 * The collector: finds the objects that nobody can reach, and counts the passengers of messages anew after a death in the middle of a passage.
 *
 * Roots are the hold rows of all participants and the orders of children that have not taken them; edges are the passengers of undelivered messages.
 * Everybody else goes on meanwhile. Why nothing is missed: whoever comes to hold an object sets its mark for the running collection (Objects.hold), and sets
 * hold bit and mark before it takes the object out of a message; a sender's hold lasts until the message is published. So at any moment an object that can be
 * reached is marked, or lies in a message of a marked object that was not walked yet. The walk ends with a pass over all objects that finds nothing of that kind.
 *
 * Fields (header words)
 *   EPOCH       counts collections; an object with MARK = EPOCH is needed
 *   COLLECTOR   who collects; others leave it to that one
 *   CANDIDATES  objects found since the last one began which only a collection can free
 *   RECOUNT     deaths inside a passage since the counts were last right
 *
 * Crash: a collector that dies leaves marks that mean nothing to the next one, holds that are taken back with its row, and its name in COLLECTOR, which is taken over.
 */
import { LogLevel } from '../logging/levels.ts';
import { record, threshold } from '../logging/logger.ts';
import { add, compareExchange, exchange, load, pause, store } from '../platform/atomics.ts';
import { Header, Participant } from './layout.ts';
import type { LocalHolds } from './local_holds.ts';
import type { ObjectKind, ObjectReference, Passenger } from './object_kinds.ts';
import type { Objects } from './objects.ts';
import type { OwnerWord, Participants } from './participants.ts';
import { slotWord } from './participants.ts';

/** So many candidates are worth a collection at once; half of what lives, so that its cost is spread over as many objects. */
const LEAST_CANDIDATES = 256;
/** Otherwise a collection follows this long after the first candidate, and takes this part of the time at most. */
const DELAY_MS = 50;
const SHARE = 20;
/** How often, a millisecond apart, counting waits for somebody who is in the middle of a passage. */
const RECOUNT_TRIES = 20;

/** Messages outside of objects: what a participant was given at its start. */
export type OrdersOf = (slot: number) => readonly Passenger[];

export interface CollectorParts {
  readonly words: Int32Array;
  readonly objects: Objects;
  readonly holds: LocalHolds;
  readonly participants: Participants;
  isDead(owner: OwnerWord): boolean;
}

interface Live extends ObjectReference {
  readonly kind: ObjectKind | undefined;
  readonly unit: number;
}

export class Collector {
  readonly #parts: CollectorParts;
  readonly #orders: OrdersOf[] = [];
  #timer: NodeJS.Timeout | undefined;
  #lastMs = 0;
  #isCollecting = false;

  constructor(parts: CollectorParts) {
    this.#parts = parts;
  }

  /** For the layer of processes: more roots. */
  addOrders(orders: OrdersOf): void {
    this.#orders.push(orders);
  }

  /** An object was found that only a collection can free: one follows soon. */
  readonly candidateFound = (): void => {
    const { words } = this.#parts;
    // Found by the collection itself, when it lets go of what it walked: it knows better.
    if (this.#isCollecting) return void add(words, Header.CANDIDATES, -1);
    if (load(words, Header.CANDIDATES) >= Math.max(LEAST_CANDIDATES, load(words, Header.LIVE_OBJECTS) / 2)) this.collect();
    else this.#collectLater();
  };

  /** After a death: frees what only the dead could reach. */
  afterDeath(): void {
    const { words } = this.#parts;
    if (load(words, Header.CANDIDATES) === 0 && load(words, Header.RECOUNT) === 0) return;
    if (!this.collect() || load(words, Header.RECOUNT) !== 0) this.#collectLater();
  }

  #collectLater(): void {
    this.#timer ??= setTimeout(
      () => {
        this.#timer = undefined;
        const { words } = this.#parts;
        if (load(words, Header.CANDIDATES) !== 0 || load(words, Header.RECOUNT) !== 0) this.afterDeath();
      },
      Math.max(DELAY_MS, this.#lastMs * SHARE),
    ).unref();
  }

  /** Frees everything that nobody can reach. False = another participant is at it. */
  collect(): boolean {
    if (!this.#begin()) return false;
    const { words } = this.#parts;
    const started = performance.now();
    const before = threshold <= LogLevel.SUBDEBUG ? load(words, Header.LIVE_OBJECTS) : 0;
    this.#isCollecting = true;
    try {
      const recount = load(words, Header.RECOUNT);
      const candidates = exchange(words, Header.CANDIDATES, 0);
      const epoch = add(words, Header.EPOCH, 1) + 1;
      if (!this.#mark(epoch)) {
        // What messages carry cannot be told here, nor counted: one who knows all kinds does it.
        add(words, Header.CANDIDATES, candidates);
        return true;
      }
      this.#sweep(epoch);
      if (recount !== 0 && this.#recount()) compareExchange(words, Header.RECOUNT, recount, 0);
    } finally {
      this.#isCollecting = false;
      store(words, Header.COLLECTOR, 0);
      this.#lastMs = performance.now() - started;
    }
    if (threshold <= LogLevel.SUBDEBUG)
      record(LogLevel.SUBDEBUG, `collected: of ${before} shared objects ${load(words, Header.LIVE_OBJECTS)} are left`);
    return true;
  }

  #begin(): boolean {
    const { words, participants, isDead } = this.#parts;
    const owner = compareExchange(words, Header.COLLECTOR, 0, participants.self);
    if (owner === 0) return true;
    if (owner === participants.self || !isDead(owner)) return false;
    return compareExchange(words, Header.COLLECTOR, owner, participants.self) === owner;
  }

  /** False = there are objects of a kind that this program does not know: what they carry cannot be told. */
  #mark(epoch: number): boolean {
    const { objects, participants } = this.#parts;
    for (let slot = 1; slot <= participants.highSlot; slot++) objects.markHeld(slot, epoch);
    for (const { index } of this.#ordered()) objects.mark(index, epoch);
    const walked = new Set<number>();
    for (let found = true; found; ) {
      found = false;
      for (const live of objects.live()) {
        if (!live.kind) return false;
        if (!live.kind.passengers || walked.has(live.index) || !objects.isMarked(live.index, epoch)) continue;
        found = true;
        this.#walk(live, epoch, walked);
      }
    }
    return true;
  }

  /** What it carries, and what that carries at once: a chain of 4000 queues took 4000 passes over all objects, 2.5 s. */
  #walk(first: Live, epoch: number, walked: Set<number>): void {
    const { objects } = this.#parts;
    walked.add(first.index);
    const left = [first];
    for (let live = left.pop(); live !== undefined; live = left.pop()) {
      for (const { index, generation } of this.#passengersOf(live)) {
        objects.mark(index, epoch);
        const kind = objects.kind(index);
        if (!kind?.passengers || walked.has(index)) continue;
        walked.add(index);
        left.push({ index, generation, kind, unit: objects.unit(index) });
      }
    }
  }

  #sweep(epoch: number): void {
    const { objects } = this.#parts;
    for (const { index } of objects.live()) if (!objects.isMarked(index, epoch)) objects.destroyUnreached(index, epoch);
  }

  /** Passengers of the orders that children have not taken. */
  *#ordered(): Generator<Passenger> {
    const { objects, participants } = this.#parts;
    for (let slot = 1; slot <= participants.highSlot; slot++) {
      for (const orders of this.#orders) for (const passenger of orders(slot)) if (objects.isLive(passenger)) yield passenger;
    }
  }

  #passengersOf(live: Live): Passenger[] {
    const { objects, holds } = this.#parts;
    const isHeldHere = holds.has(live.index);
    if (!live.kind!.carries!(live.unit) || !objects.pin(live)) return [];
    // A pin is no activity: a recount would never find quiet what it walks itself.
    try {
      return live.kind!.passengers!(live.unit).filter((passenger) => objects.isLive(passenger));
    } finally {
      if (!isHeldHere) objects.release(live.index);
    }
  }

  // ---- counting anew

  #recount(): boolean {
    for (let tries = 0; tries < RECOUNT_TRIES; tries++) {
      if (this.#tryRecount()) return true;
      pause(1);
    }
    return false;
  }

  /** False = something moved meanwhile. */
  #tryRecount(): boolean {
    const { objects } = this.#parts;
    const before = [...objects.live()].map((live) => this.#countsOf(live));
    if (this.#isAnyoneAtIt()) return false;
    const counted = this.count();
    if (this.#isAnyoneAtIt()) return false;
    let isRight = true;
    for (const counts of before) {
      if (objects.isLive(counts.live) && !this.#correct(counts, counted)) isRight = false;
    }
    return isRight;
  }

  #countsOf(live: Live): Counts {
    const { objects } = this.#parts;
    const counters = live.kind?.roles?.counters(live.unit);
    // Activity first: counts that are newer than it are found out.
    const activity = objects.activity(live.index);
    const ends = counters ? load(counters.words, counters.activity) : 0;
    const endsInFlight = (counters ? [1, 2] : []).map((role) => load(counters!.words, counters!.inFlight[role]));
    return { live, activity, ends, inFlight: objects.inFlight(live.index), endsInFlight };
  }

  /** True = right now, or gone. */
  #correct(counts: Counts, counted: Counted): boolean {
    const { objects, holds } = this.#parts;
    const { live } = counts;
    const isQuiet = objects.activity(live.index) === counts.activity && endsActivity(live) === counts.ends;
    if (this.#isRight(counts, counted)) return isQuiet || this.#differences(live, counted).length === 0;
    if (!isQuiet) return false;
    if (!objects.pin(live)) return true;
    holds.retain(live.index);
    try {
      return this.#correctPinned(counts, counted);
    } finally {
      holds.drop(live.index);
    }
  }

  /**
   * From the counts of before, never from those of now: a message that was sent since then is in these and was not counted.
   * Where they have come back to what they were, what is wrong with them has not changed.
   */
  #correctPinned({ live, inFlight, endsInFlight }: Counts, counted: Counted): boolean {
    const { objects } = this.#parts;
    const right = counted.objects.get(live.index) ?? 0;
    if (inFlight !== right && !objects.correctInFlight(live.index, inFlight, right)) return false;
    const counters = live.kind?.roles?.counters(live.unit);
    for (const [i, ends] of endsInFlight.entries()) {
      const found = counted.roles.get(live.index * 4 + i + 1) ?? 0;
      if (ends === found) continue;
      if (compareExchange(counters!.words, counters!.inFlight[i + 1], ends, found) !== ends) return false;
      live.kind!.roles!.recounted(live.unit);
    }
    return true;
  }

  #isRight({ live, inFlight, endsInFlight }: Counts, counted: Counted): boolean {
    return (
      inFlight === (counted.objects.get(live.index) ?? 0) &&
      endsInFlight.every((ends, i) => ends === (counted.roles.get(live.index * 4 + i + 1) ?? 0))
    );
  }

  /** What undelivered messages carry, of all objects that live. */
  count(): Counted {
    const counted: Counted = { objects: new Map(), roles: new Map() };
    const add = ({ index, role }: Passenger): void => {
      counted.objects.set(index, (counted.objects.get(index) ?? 0) + 1);
      if (role !== 0) counted.roles.set(index * 4 + role, (counted.roles.get(index * 4 + role) ?? 0) + 1);
    };
    for (const live of this.#parts.objects.live()) if (live.kind?.passengers) this.#passengersOf(live).forEach(add);
    for (const passenger of this.#ordered()) add(passenger);
    return counted;
  }

  /** For fsck: where what is counted is not what the messages carry. */
  *check(): Generator<string> {
    const { words, objects, participants } = this.#parts;
    for (let slot = 1; slot <= participants.highSlot; slot++) {
      if (participants.isListed(participants.current(slot)) && load(words, slotWord(slot, Participant.IN_TRANSIT)) !== 0)
        yield `participant slot ${slot} is in the middle of a passage`;
    }
    if (load(words, Header.RECOUNT) !== 0) return;
    const counted = this.count();
    for (const live of objects.live()) for (const problem of this.#differences(live, counted)) yield problem;
  }

  #differences(live: Live, counted: Counted): string[] {
    const { objects } = this.#parts;
    const problems: string[] = [];
    const right = counted.objects.get(live.index) ?? 0;
    const inFlight = objects.inFlight(live.index);
    const name = `object ${live.index} (${live.kind?.name})`;
    if (inFlight !== right) problems.push(`${name}: IN_FLIGHT says ${inFlight}, messages carry it ${right} times`);
    const counters = live.kind?.roles?.counters(live.unit);
    for (const role of counters ? [1, 2] : []) {
      const ends = load(counters!.words, counters!.inFlight[role]);
      const found = counted.roles.get(live.index * 4 + role) ?? 0;
      if (ends !== found) problems.push(`${name}: ${ends} ends of role ${role} are counted in flight, messages carry ${found}`);
    }
    return problems;
  }

  /**
   * Whether somebody is in the middle of a passage, or destroys an object: its messages are counted in flight and can no longer be walked.
   * Those that leave by themselves are no longer listed, and drop messages yet.
   */
  #isAnyoneAtIt(): boolean {
    const { words, objects, participants } = this.#parts;
    for (let slot = 1; slot <= participants.highSlot; slot++)
      if (load(words, slotWord(slot, Participant.IN_TRANSIT)) !== 0) return true;
    return objects.isAnyGoing();
  }
}

/** What was counted of an object before the messages were walked. */
interface Counts {
  readonly live: Live;
  readonly activity: number;
  readonly ends: number;
  readonly inFlight: number;
  /** Of role 1, of role 2. */
  readonly endsInFlight: readonly number[];
}

interface Counted {
  readonly objects: Map<number, number>;
  /** By index * 4 + role. */
  readonly roles: Map<number, number>;
}

function endsActivity({ kind, unit }: Live): number {
  const counters = kind?.roles?.counters(unit);
  return counters ? load(counters.words, counters.activity) : 0;
}
