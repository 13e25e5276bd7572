/** The servers of this thread: what comes home to one of them is the referent itself. */
import type { Door } from './door.ts';

export interface Home {
  /** The referent, which a proxy in a message keeps; undefined = there is none of this id. */
  comeHome(id: number): { readonly referent: unknown } | undefined;
}

const homes = new WeakMap<Door, Home>();

export function addHome(door: Door, home: Home): void {
  homes.set(door, home);
}

export function referentAtHome(door: Door, id: number): { readonly referent: unknown } | undefined {
  return homes.get(door)?.comeHome(id);
}
