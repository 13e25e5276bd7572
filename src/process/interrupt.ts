/**
 * Ctrl-C. The terminal sends SIGINT to every process of the program; it shall end once, with one message and exit code 130.
 * While there are children the main program listens: it ends them, says so, and exits. A program with a listener of its own decides for itself.
 *
 * While the main thread blocks in a sync wait the listener is off, for with one the handler would never run: the default action ends the program, and daemonic children end with it.
 */
import { currentIdentity } from './identity.ts';

const INTERRUPTED = 130;

let endChildren: (() => number) | undefined;
let listening = false;
let held = false;

/** What a Ctrl-C ends; undefined = nothing, Node's own behaviour. */
export function interruptWith(end: (() => number) | undefined): void {
  endChildren = end;
  update();
}

/** The thread is about to block. */
export function holdInterrupt(): void {
  held = true;
  update();
}

/** It has woken. The listener comes back with the next turn of the event loop: loops of sync calls do not pay for it. */
export function releaseInterrupt(): void {
  if (!listening) setImmediate(resume).unref();
}

function resume(): void {
  held = false;
  update();
}

function update(): void {
  const wanted = endChildren !== undefined && !held;
  if (wanted === listening) return;
  listening = wanted;
  if (wanted) process.on('SIGINT', onInterrupt);
  else process.off('SIGINT', onInterrupt);
}

function onInterrupt(): void {
  if (process.listenerCount('SIGINT') > 1) return;
  // A second Ctrl-C does not wait for anybody.
  process.off('SIGINT', onInterrupt);
  const ended = endChildren?.() ?? 0;
  if (currentIdentity().path.length === 0) {
    process.stderr.write(`\nInterrupted: ${ended} child process${ended === 1 ? ' was' : 'es were'} ended.\n`);
  }
  process.exit(INTERRUPTED);
}
