/**
 * Ctrl-C. The terminal sends SIGINT to every process of the program; it shall end once, with one message and exit code 130.
 * While there are children this process listens: it ends them, says so, and exits. A program with a listener of its own decides for itself.
 *
 * States of the system's SIGINT action while we listen alone; each works once, then the kernel puts the default action in its place:
 *   heard     libuv's handler, which calls our listener by a turn of the event loop
 *   caught    while the thread sleeps in a sync wait, where no listener can run: a handler that does nothing. The wait finds that it is gone.
 *   default   a SIGINT came and was not dealt with yet: found by the next sync wait, or by the listener. A second one ends a program that does neither.
 * With a listener of the program's beside ours it is libuv's handler all the time.
 *
 * heard -> caught at the first sleep, back by a turn of the event loop: loops of sync waits pay for it once.
 */
import { isMainThread } from 'node:worker_threads';
import { platform } from '../platform/current.ts';
import { currentIdentity } from './identity.ts';

const INTERRUPTED = 130;

/** Ends the children; false = that is going on already, and waits no longer from now on. */
type EndChildren = () => boolean;

let endChildren: EndChildren | undefined;
let isCaught = false;

/** What a Ctrl-C ends; undefined = nothing, Node's own behaviour. Only the main thread hears signals. */
export function interruptWith(end: EndChildren | undefined): void {
  if (!isMainThread || (end === undefined) === (endChildren === undefined)) return;
  restore();
  endChildren = end;
  if (end) {
    process.on('SIGINT', onInterrupt);
    process.on('newListener', onNewListener);
    platform().handleInterruptOnce(isAlone());
  } else {
    process.off('SIGINT', onInterrupt);
    process.off('newListener', onNewListener);
  }
}

/**
 * The thread is about to sleep in a sync wait, or has woken. Does not return if a Ctrl-C ends the program.
 * (After the sleep too: the same Ctrl-C may have ended the process that the wait is for.)
 */
export function heedInterrupt(): void {
  if (!endChildren || !isAlone()) return;
  if (platform().wasInterrupted()) {
    if (isCaught) restore();
    else onInterrupt();
  } else if (!isCaught) {
    interceptInterrupt();
    setImmediate(restore).unref();
  }
}

function interceptInterrupt(): void {
  isCaught = true;
  platform().catchInterrupt();
}

function restore(): void {
  if (!isCaught) return;
  isCaught = false;
  const came = platform().wasInterrupted();
  platform().restoreInterrupt();
  if (came) process.emit('SIGINT', 'SIGINT');
}

function onInterrupt(): void {
  if (!isAlone()) return;
  // A second Ctrl-C, which comes while we wait for the children, goes the same way.
  interceptInterrupt();
  if (!endChildren?.()) return;
  // No number: how many have heard of the Ctrl-C themselves and ended is a matter of luck.
  if (currentIdentity().path.length === 0) process.stderr.write('\nInterrupted: the program and its child processes end.\n');
  process.exit(INTERRUPTED);
}

/** From the moment that the program has a listener of its own, that gets every Ctrl-C. */
function onNewListener(event: string | symbol): void {
  if (event !== 'SIGINT') return;
  restore();
  platform().handleInterruptOnce(false);
}

/** Whether nobody else decides. Listeners of the package signal-exit do not: they clean up, and wait for somebody to end the program. */
function isAlone(): boolean {
  const emitters = [
    (globalThis as Record<symbol, unknown>)[Symbol.for('signal-exit emitter')],
    (process as unknown as Record<string, unknown>).__signal_exit_emitter__,
  ] as ({ count?: unknown } | undefined)[];
  const cleaners = emitters.reduce((sum, emitter) => sum + (typeof emitter?.count === 'number' ? emitter.count : 0), 0);
  return process.listenerCount('SIGINT') <= 1 + cleaners;
}
