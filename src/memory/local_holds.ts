/**
 * What this thread holds, and how often: by its instances, by messages that it is about to send, by messages that it has received and not yet decoded.
 * The hold bit of an object is set while there is a reason for it.
 */
import type { Passenger } from './object_kinds.ts';
import type { Objects } from './objects.ts';
import type { Passages } from './passages.ts';

export class LocalHolds {
  readonly #objects: Objects;
  readonly #passages: Passages;
  readonly #reasons = new Map<number, number>();
  /** Messages that hold an object in a role (an end of a channel), by roleKey. */
  readonly #roles = new Map<number, number>();

  constructor(objects: Objects, passages: Passages) {
    this.#objects = objects;
    this.#passages = passages;
  }

  /** One reason more. The caller holds the object already, or holds what carries it. */
  retain(index: number): void {
    const reasons = this.#reasons.get(index) ?? 0;
    if (reasons === 0) this.#objects.hold(index);
    this.#reasons.set(index, reasons + 1);
  }

  /** This participant leaves: its row is taken back as a whole. */
  forgetAll(): void {
    this.#reasons.clear();
    this.#roles.clear();
  }

  /** One reason less: with the last one the hold is given back. */
  drop(index: number): void {
    const reasons = this.#reasons.get(index) ?? 0;
    if (reasons > 1) {
      this.#reasons.set(index, reasons - 1);
      return;
    }
    this.#reasons.delete(index);
    this.#objects.release(index);
  }

  /** A message of ours names these: they live, and the ends among them stay open, until `dropAll`. */
  retainAll(passengers: readonly Passenger[]): void {
    for (const { index, role } of passengers) {
      this.retain(index);
      if (role === 0) continue;
      const key = roleKey(index, role);
      this.#roles.set(key, (this.#roles.get(key) ?? 0) + 1);
      this.#passages.openRole(index, role);
    }
  }

  dropAll(passengers: readonly Passenger[]): void {
    for (const { index, role } of passengers) {
      if (role !== 0) this.#dropRole(index, role);
      this.drop(index);
    }
  }

  /** Whether a message of this thread holds the object in a role. */
  hasRole(index: number, role: number): boolean {
    return this.#roles.has(roleKey(index, role));
  }

  /** Whether this thread has any reason to hold the object. */
  has(index: number): boolean {
    return this.#reasons.has(index);
  }

  #dropRole(index: number, role: number): void {
    const key = roleKey(index, role);
    const left = (this.#roles.get(key) ?? 1) - 1;
    if (left > 0) {
      this.#roles.set(key, left);
      return;
    }
    this.#roles.delete(key);
    this.#passages.closeRole(index, role);
  }
}

/** Roles are 1 or 2. */
function roleKey(index: number, role: number): number {
  return index * 4 + role;
}
