import type { Call } from './call.ts';
import type { Child } from './child.ts';
import type { Identity } from './identity.ts';

/**
 * Given to the constructor of `Process` in place of options: the object is for a process that runs already, this one itself or a child.
 * (A subclass is made by `Reflect.construct` of `Process`: neither its constructor nor its field initialisers run.)
 */
export class Existing {
  readonly identity: Identity;
  readonly call: Call | undefined;
  /** undefined = this process itself. */
  readonly child: Child | undefined;

  constructor(identity: Identity, { call, child }: { call?: Call; child?: Child }) {
    this.identity = identity;
    this.call = call;
    this.child = child;
  }
}
