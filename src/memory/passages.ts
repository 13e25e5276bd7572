/**
 * Passages: the way of objects into a message and out of it. Each is a few instructions inside the channel's internal lock.
 *
 *   in    IN_TRANSIT up; IN_FLIGHT and ends in flight up; the message is published; IN_TRANSIT down. The sender's own holds last longer.
 *   out   IN_TRANSIT up; the receiver's hold bits and ends are set; the message is consumed; IN_FLIGHT and ends in flight down; IN_TRANSIT down
 *
 * So what is in flight is exactly what undelivered messages carry, except while somebody is in transit; and nothing that was taken out of a message is unheld.
 *
 * Crash: counts are too high, never too low, and IN_TRANSIT in the dead one's slot says so: whoever cleans up after it asks for a recount (collector.ts).
 * What the dead receiver had taken goes with its hold row and its ends.
 */
import { add, load, store } from '../platform/atomics.ts';
import { Header, Participant } from './layout.ts';
import type { ObjectRoles, Passenger } from './object_kinds.ts';
import type { Objects } from './objects.ts';
import { type OwnerWord, slotOf, slotWord } from './participants.ts';

export class Passages {
  readonly #words: Int32Array;
  readonly #objects: Objects;
  readonly #transit: number;

  constructor(words: Int32Array, objects: Objects, self: OwnerWord) {
    this.#words = words;
    this.#objects = objects;
    this.#transit = slotWord(slotOf(self), Participant.IN_TRANSIT);
  }

  /** From here to `end` what is counted may be wrong. Inside internal locks, too: nothing here throws. */
  begin(): void {
    // An exception (stack overflow, a `vm` time-out) has cut an earlier one off in the middle.
    if (load(this.#words, this.#transit) !== 0) add(this.#words, Header.RECOUNT, 1);
    store(this.#words, this.#transit, 1);
  }

  end(): void {
    store(this.#words, this.#transit, 0);
  }

  /** In transit: a message that carries them is about to be published. */
  send(passengers: readonly Passenger[]): void {
    for (const { index, role } of passengers) {
      this.#countRole(index, role, 1);
      this.#objects.addInFlight(index, 1);
    }
  }

  /** In transit: a message that carries them is about to be consumed by this participant, which has them from here on. */
  receive(passengers: readonly Passenger[]): void {
    for (const passenger of passengers) {
      if (!this.#objects.isLive(passenger)) continue;
      this.#objects.hold(passenger.index);
      if (passenger.role !== 0) this.openRole(passenger.index, passenger.role);
    }
  }

  /** In transit: a message that carried them is gone. */
  countOff(passengers: readonly Passenger[]): void {
    for (const passenger of passengers) {
      if (!this.#objects.isLive(passenger)) continue;
      this.#objects.addInFlight(passenger.index, -1);
      this.#countRole(passenger.index, passenger.role, -1);
    }
  }

  /** A message was dropped, or taken by somebody who holds what it wants of it. May be part of a larger passage. */
  drop(passengers: readonly Passenger[]): void {
    if (passengers.length === 0) return;
    const outer = load(this.#words, this.#transit);
    store(this.#words, this.#transit, outer + 1);
    this.countOff(passengers);
    store(this.#words, this.#transit, outer);
    for (const passenger of passengers) {
      if (!this.#objects.isLive(passenger)) continue;
      if (passenger.role !== 0) this.#roles(passenger.index)?.recounted(this.#objects.unit(passenger.index));
      this.#objects.destroyIfUnheld(passenger.index);
    }
  }

  /** This participant has the object in a role because a message of its own names it. */
  openRole(index: number, role: number): void {
    this.#roles(index)?.open(this.#objects.unit(index), role);
  }

  closeRole(index: number, role: number): void {
    this.#roles(index)?.close(this.#objects.unit(index), index, role);
  }

  #roles(index: number): ObjectRoles | undefined {
    return this.#objects.kind(index)?.roles;
  }

  #countRole(index: number, role: number, change: 1 | -1): void {
    if (role === 0) return;
    const counters = this.#roles(index)?.counters(this.#objects.unit(index));
    if (!counters) return;
    add(counters.words, counters.inFlight[role], change);
    add(counters.words, counters.activity, 1);
  }
}
