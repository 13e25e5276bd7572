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
import { constants } from 'node:os';
import { platform } from '../platform/current.ts';
import { isMainThread } from '../platform/main_thread.ts';
import { setInterrupted } from '../sync/warnings.ts';
import { currentIdentity } from './identity.ts';

const INTERRUPTED = 130;
const { SIGINT } = constants.signals;

/** Ends the children; false = that is going on already, and waits no longer from now on. */
type EndChildren = () => boolean;

let endChildren: EndChildren | undefined;
let isCaught = false;

/** What a Ctrl-C ends; undefined = nothing, Node's own behaviour. Only the main thread hears signals. */
export function interruptWith(end: EndChildren | undefined): void {
  if (!isMainThread() || (end === undefined) === (endChildren === undefined)) return;
  restore();
  endChildren = end;
  if (end) {
    process.on('SIGINT', onInterrupt);
    process.on('newListener', onNewListener);
    platform().handleOnce(SIGINT, isAlone());
  } else {
    process.off('SIGINT', onInterrupt);
    process.off('newListener', onNewListener);
  }
}

/** The thread is about to sleep in a sync wait. Does not return if a Ctrl-C that came before ends the program. */
export function catchInterrupt(): void {
  if (endChildren && !isCaught && isAlone() && catchIt()) onInterrupt();
}

/** The thread has woken, or had no need to sleep. Does not return if a Ctrl-C ends the program: it may also have ended the process that the wait was for. */
export function heedInterrupt(): void {
  if (!isInterrupted()) return;
  if (isCaught) restore();
  else onInterrupt();
}

/** A Ctrl-C came, and was not dealt with yet. */
function isInterrupted(): boolean {
  return endChildren !== undefined && isAlone() && platform().wasHandled(SIGINT);
}

setInterrupted(isInterrupted);

function catchIt(): boolean {
  isCaught = true;
  setImmediate(restore).unref();
  return platform().catchInterrupt();
}

function restore(): void {
  if (!isCaught) return;
  isCaught = false;
  if (platform().restoreInterrupt()) process.emit('SIGINT', 'SIGINT');
}

function onInterrupt(): void {
  if (!isAlone()) return;
  // A second one, which comes while we wait for the children, is found by that wait.
  if (!isCaught) catchIt();
  if (!endChildren?.()) return;
  // No number: how many have heard of the Ctrl-C themselves and ended is a matter of luck.
  if (currentIdentity().path.length === 0) process.stderr.write('\nInterrupted: the program and its child processes end.\n');
  process.exit(INTERRUPTED);
}

/** From the moment that the program has a listener of its own, that gets every Ctrl-C. */
function onNewListener(event: string | symbol): void {
  if (event !== 'SIGINT') return;
  restore();
  platform().handleOnce(SIGINT, false);
}

/** Whether nobody else decides. Listeners of the package signal-exit do not: they clean up, and wait for somebody to end the program. */
function isAlone(): boolean {
  return onlyCleanUp(process.listenerCount('SIGINT') - 1);
}

/** Whether so many listeners of a signal can all be those of signal-exit. */
export function onlyCleanUp(listeners: number): boolean {
  return listeners <= 0 || listeners <= signalExits('signal-exit emitter') + signalExits('__signal_exit_emitter__');
}

/** How many copies of signal-exit listen: version 4 keeps the number under a symbol of the global object, version 3 at `process`. */
function signalExits(key: 'signal-exit emitter' | '__signal_exit_emitter__'): number {
  const holder = key === '__signal_exit_emitter__' ? Reflect.get(process, key) : Reflect.get(globalThis, Symbol.for(key));
  return typeof holder?.count === 'number' ? holder.count : 0;
}
