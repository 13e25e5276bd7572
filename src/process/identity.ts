/** Who this process is: its name, whether it is daemonic, its parent, and the names of its children to come. */
import type { OwnerWord } from '../memory/participants.ts';
import { sessionIfOpen } from '../memory/session.ts';
import { setOwnerNames } from '../sync/owner_names.ts';

export interface Identity {
  readonly name: string;
  readonly daemon: boolean;
  /** Numbers of the ancestors and itself: `Process-1:2`. Empty in the main program. */
  readonly path: readonly number[];
  /** Owner word of the parent, 0 in the main program. */
  readonly parent: OwnerWord;
  /** The parent as users see it; known in the child alone. */
  readonly creator?: { readonly name: string; readonly pid: number };
}

let identity: Identity = { name: 'MainProcess', daemon: false, path: [], parent: 0 };
let children = 0;

export function currentIdentity(): Identity {
  return identity;
}

/** Called once, by a child's bootstrap. */
export function becomeChild(child: Identity): void {
  identity = child;
}

export function renameCurrent(name: string): void {
  identity = { ...identity, name };
}

/** The path of the next child. */
export function nextChildPath(): readonly number[] {
  return [...identity.path, ++children];
}

setOwnerNames((owner) => (owner === sessionIfOpen()?.self ? identity.name : undefined));
