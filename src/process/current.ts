/** The processes that a program can ask for: itself, its parent, its children. */
import type { AnyFunction } from '../references/any_function.ts';
import { liveChildren } from './children.ts';
import { Existing } from './existing.ts';
import { currentIdentity } from './identity.ts';
import { getOwnCall, setEmbodiment } from './own_call.ts';
import { ParentProcess } from './parent_process.ts';
import { Process, processOf } from './process.ts';

let self: Process | undefined;
let parent: ParentProcess | undefined;

setEmbodiment(currentProcess);

/**
 * This process. `MainProcess` in the main program; in a child an object of the class that was started, with its fields: `this` in its `run()`.
 * It is alive, and only its creator can wait for it or end it.
 */
export function currentProcess(): Process {
  if (self) return self;
  const call = getOwnCall();
  const made = embody(call?.instance?.class ?? Process, new Existing(currentIdentity(), { call }));
  for (const [name, value] of Object.entries(call?.instance?.fields ?? {}))
    Object.defineProperty(made, name, { value, configurable: true, enumerable: true, writable: true });
  // While a child imports the module of its class, that is not known yet.
  if (call || currentIdentity().path.length === 0) self = made;
  return made;
}

/** The process that started this one; null in the main program. */
export function parentProcess(): ParentProcess | null {
  const { creator, parent: owner } = currentIdentity();
  if (!creator) return null;
  parent ??= new ParentProcess(creator, owner);
  return parent;
}

/** The children of this process that are alive. Workers of its pools are among them, as in Python. */
export function activeChildren(): Process[] {
  return liveChildren().map(processOf);
}

/** An instance of a subclass of Process, of which only the constructor of Process itself runs. */
function embody(classOf: AnyFunction, existing: Existing): Process {
  return Reflect.construct(Process, [existing], classOf);
}
