/** What this child was started for. The class `Process` may not be loaded here: most targets need nothing of this library. */
import { BootstrapError } from '../base/errors.ts';
import type { Call } from './call.ts';

let ownCall: Call | undefined;
let embody: (() => { run(): unknown }) | undefined;

/** Called once, by a child's bootstrap. */
export function setOwnCall(call: Call): void {
  ownCall = call;
}

/** undefined in a main program, and in a child that has not read it yet. */
export function getOwnCall(): Call | undefined {
  return ownCall;
}

/** How to make this child's Process object. Its class extends the one that says so when it is loaded. */
export function setEmbodiment(make: () => { run(): unknown }): void {
  embody = make;
}

export function runOwnCall(): unknown {
  const { target, args, instance } = ownCall!;
  if (!instance) return target?.(...args);
  if (!embody)
    throw new BootstrapError(
      `the class ${instance.class.name} extends Process of another copy of multiproc: install one for the whole program`,
    );
  return embody().run();
}
