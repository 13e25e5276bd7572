/** What a method makes for its caller and keeps in the server: the caller gets a proxy, though nobody has registered a typeid for it. */
import type { Kind } from './referents.ts';

export abstract class Staying {
  abstract get kind(): Kind;
}
