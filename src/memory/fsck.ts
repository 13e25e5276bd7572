/**
 * Checks every invariant of the arena and returns what is wrong, one line each; empty = clean.
 * Takes no lock: call it while nobody changes anything (tests do, after each kill, when the survivors are quiet).
 */
import { load } from '../platform/atomics.ts';
import { FreeLists } from './free_lists.ts';
import { Block, BlockState, HEAP_START, Header, isBoundary, Participant, ParticipantState } from './layout.ts';
import { slotWord } from './participants.ts';
import type { Session } from './session.ts';

export function fsck(session: Session): string[] {
  return [
    ...internalLocks(session),
    ...participantSlots(session),
    ...heapBlocks(session),
    ...objectTable(session),
    ...session.collector.check(),
  ];
}

function* internalLocks({ arena }: Session): Generator<string> {
  for (const name of ['HEAP_LOCK', 'OBJECT_LOCK'] as const) {
    const owner = load(arena.words, Header[name]);
    if (owner !== 0) yield `${name} is held by ${owner >>> 0}`;
  }
}

function* participantSlots({ arena, participants }: Session): Generator<string> {
  for (let slot = 1; slot <= participants.highSlot; slot++) {
    const claim = load(arena.words, slotWord(slot, Participant.CLAIM));
    const state = load(arena.words, slotWord(slot, Participant.STATE));
    if (claim === 0 && state !== ParticipantState.DEAD) yield `participant slot ${slot} is free but in state ${state}`;
    if (claim !== 0 && state === ParticipantState.DEAD)
      yield `participant slot ${slot} is claimed by ${claim >>> 0} and stays dead`;
  }
}

function* heapBlocks({ arena, heap, participants, objects }: Session): Generator<string> {
  const expected = [new Map<number, number>(), new Map<number, number>()];
  const owned = new Map<number, number>();
  let reserved = 0;
  let free = 0;
  let previous = { size: 0, state: 0 };
  for (const { unit, words, index, size, state } of heap.blocks()) {
    const starts = isBoundary(unit) || unit === HEAP_START;
    const previousSize = load(words, index + Block.PREVIOUS_SIZE) >>> 0;
    if (previousSize !== (starts ? 0 : previous.size))
      yield `block ${unit}: PREVIOUS_SIZE is ${previousSize}, the block before has ${previous.size}`;
    if (state !== BlockState.VIRGIN) reserved += size;
    if (state === BlockState.FREE) free += size;
    if (state === BlockState.FREE || state === BlockState.VIRGIN) {
      if (!starts && previous.state === state) yield `block ${unit}: it and the one before are both free and were not merged`;
      expected[state === BlockState.FREE ? 0 : 1].set(unit, size);
    } else if (state === BlockState.USED || state === BlockState.PENDING) {
      const owner = load(words, index + Block.OWNER);
      const object = load(words, index + Block.LINK) - 1;
      if (owner !== 0) owned.set(owner, (owned.get(owner) ?? 0) + 1);
      else if (!objects.isReachable(object, load(words, index + Block.LINK_POSITION), unit)) {
        yield `block ${unit} (${heap.length(unit)} bytes) belongs to object ${object} at ${load(words, index + Block.LINK_POSITION)}, which does not know it`;
      }
    } else yield `block ${unit}: unknown state ${state}`;
    previous = { size, state };
  }
  for (const [owner, count] of owned) {
    if (!participants.isListed(owner)) yield `${count} blocks are owned by ${owner >>> 0}, which is dead`;
    const counted = load(arena.words, slotWord(owner & 1023, Participant.OWNED_BLOCKS));
    if (participants.isListed(owner) && counted < count)
      yield `participant ${owner >>> 0} owns ${count} blocks and counts ${counted}`;
  }
  const stats = heap.stats();
  if (stats.reserved !== reserved * 32) yield `RESERVED_UNITS says ${stats.reserved} bytes, the blocks ${reserved * 32}`;
  if (stats.free !== free * 32) yield `FREE_UNITS says ${stats.free} bytes, the blocks ${free * 32}`;
  for (const set of [0, 1] as const) yield* freeLists(heap.lists[set], expected[set], set === 0 ? 'FREE' : 'VIRGIN');
}

function* freeLists(lists: FreeLists, expected: Map<number, number>, name: string): Generator<string> {
  for (const { unit, list } of lists.blocks()) {
    const size = expected.get(unit);
    if (size === undefined) yield `the ${name} list has block ${unit}, which is not ${name} (or is listed twice)`;
    else if (FreeLists.listOf(size) !== list) yield `${name} block ${unit} of size ${size} is in list ${list}`;
    expected.delete(unit);
  }
  for (const unit of expected.keys()) yield `${name} block ${unit} is in no list`;
}

function* objectTable({ arena, objects, participants }: Session): Generator<string> {
  let live = 0;
  for (const { index, kind, unit } of objects.live()) {
    live++;
    if (!kind) yield `object ${index} is of an unknown kind`;
    if (objects.isUnheld(index)) yield `object ${index} (${kind?.name}) lives though nobody holds it`;
    for (const problem of kind?.check?.(unit, index) ?? []) yield `object ${index} (${kind?.name}): ${problem}`;
  }
  const counted = load(arena.words, Header.LIVE_OBJECTS);
  if (counted !== live) yield `LIVE_OBJECTS says ${counted}, the table ${live}`;
  for (let slot = 1; slot <= participants.highSlot; slot++) {
    if (participants.isListed(participants.current(slot))) continue;
    for (const { index } of objects.live()) {
      if (objects.isHeldBy(index, slot)) yield `object ${index} is held by slot ${slot}, which is free`;
    }
  }
}
