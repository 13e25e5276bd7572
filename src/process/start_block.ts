/**
 * What a child shall do, in a heap block that its slot's START names:
 *
 *   0  COUNT                 shared objects that the call names ("passengers")
 *   1  COUNT x 3 words       index, generation, role of each
 *      the encoded call
 *
 * The child owns the block from the moment that START names it. The passengers count as in flight until the child holds them; START = 0 says that it does.
 * Crash: whoever cleans up after a child that died before that counts them off.
 */

import { Participant } from '../memory/layout.ts';
import type { Passenger } from '../memory/object_kinds.ts';
import type { OwnerWord } from '../memory/participants.ts';
import { slotOf, slotWord } from '../memory/participants.ts';
import { onSessionOpen, type Session } from '../memory/session.ts';
import { compareExchange, exchange, load, store } from '../platform/atomics.ts';

const PASSENGER_WORDS = 3;

onSessionOpen((session) => {
  session.onClean((owner) => {
    const unit = load(session.arena.words, startWord(owner));
    if (unit === 0) return;
    session.passages.begin();
    if (exchange(session.arena.words, startWord(owner), 0) !== 0) session.passages.drop(readPassengers(session, unit));
    session.passages.end();
  });
  session.collector.addOrders((slot) => {
    const unit = load(session.arena.words, slotWord(slot, Participant.START));
    if (unit === 0 || !session.heap.isBlock(unit, 4)) return [];
    const passengers = readPassengers(session, unit);
    // Taken meanwhile: what was read may be anything, and the child holds what it wants.
    return load(session.arena.words, slotWord(slot, Participant.START)) === unit ? passengers : [];
  });
});

export function giveOrders(session: Session, child: OwnerWord, call: Uint8Array, passengers: readonly Passenger[]): void {
  const header = 4 + passengers.length * PASSENGER_WORDS * 4;
  const unit = session.heap.allocate(header + call.length);
  const { words, index } = session.heap.structure(unit);
  words[index] = passengers.length;
  let word = index + 1;
  for (const passenger of passengers) {
    words[word++] = passenger.index;
    words[word++] = passenger.generation;
    words[word++] = passenger.role;
  }
  session.heap.payload(unit).set(call, header);
  session.heap.give(unit, child);
  session.passages.begin();
  session.passages.send(passengers);
  store(session.arena.words, startWord(child), unit);
  session.passages.end();
  if (!session.participants.isListed(child)) takeBack(session, child, unit, passengers);
}

/** The child was killed, and somebody has cleaned up after it, before it had its orders: nobody else may look for them. */
function takeBack(session: Session, child: OwnerWord, unit: number, passengers: readonly Passenger[]): void {
  session.passages.begin();
  const isOurs = compareExchange(session.arena.words, startWord(child), unit, 0) === unit;
  if (isOurs) session.passages.drop(passengers);
  session.passages.end();
  if (isOurs && session.heap.adoptFrom(unit, child)) session.heap.free(unit);
}

/** The encoded call, or undefined while the parent has not written it. */
export function readCall(session: Session): Uint8Array | undefined {
  const unit = load(session.arena.words, startWord(session.self));
  if (unit === 0) return undefined;
  const header = 4 + readPassengers(session, unit).length * PASSENGER_WORDS * 4;
  return session.heap.payload(unit).subarray(header);
}

/** The child has decoded the call and holds its objects. */
export function ordersTaken(session: Session): void {
  const { passages, heap } = session;
  passages.begin();
  const unit = exchange(session.arena.words, startWord(session.self), 0);
  if (unit !== 0) passages.drop(readPassengers(session, unit));
  passages.end();
  if (unit === 0) return;
  heap.free(unit);
}

function readPassengers(session: Session, unit: number): Passenger[] {
  const { words, index } = session.heap.structure(unit);
  // Read without a lock: as many as there can be.
  const most = Math.floor((session.heap.length(unit) - 4) / (PASSENGER_WORDS * 4));
  return Array.from({ length: Math.min(words[index] >>> 0, Math.max(most, 0)) }, (_, i) => {
    const word = index + 1 + i * PASSENGER_WORDS;
    return { index: words[word], generation: words[word + 1], role: words[word + 2] };
  });
}

function startWord(owner: OwnerWord): number {
  return slotWord(slotOf(owner), Participant.START);
}
