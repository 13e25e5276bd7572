/**
 * SIGTERM and SIGHUP in the main program. Node's default action ends it where it stands: its session's folder stays behind, and daemonic children are killed by the kernel.
 * While there are children this process listens: it leaves its session as at `process.exit()`, then ends by that very signal, so that its status is what it would have been.
 * A program with a listener of its own decides for itself. Other processes keep the default action: `terminate()` ends them also while they compute.
 *
 * The handler works once (see interrupt.ts): a program that computes and never hears of the first signal ends by the second. In a sync wait, where no listener can run,
 * the wait finds that the handler is gone.
 */
import { constants } from 'node:os';
import { sessionIfOpen } from '../memory/session.ts';
import { platform } from '../platform/current.ts';
import { isMainThread } from '../platform/main_thread.ts';
import { currentIdentity } from './identity.ts';
import { onlyCleanUp } from './interrupt.ts';

const SIGNALS = ['SIGTERM', 'SIGHUP'] as const;
type Ending = (typeof SIGNALS)[number];

/** A wait that is woken again and again looks once in so many wake-ups: a look costs half a microsecond. */
const LOOK_EVERY = 16;

let isListening = false;
let wakeUps = 0;

/** Whether this process leaves its session before such a signal ends it. Only the main thread hears signals. */
export function leaveOnTermination(leave: boolean): void {
  if (!isMainThread() || currentIdentity().path.length > 0 || leave === isListening) return;
  isListening = leave;
  for (const signal of SIGNALS) {
    if (leave) {
      process.on(signal, onTermination);
      if (isAlone(signal)) platform().handleOnce(constants.signals[signal], true);
    } else process.off(signal, onTermination);
  }
  if (leave) process.on('newListener', onNewListener);
  else process.off('newListener', onNewListener);
}

/** The thread has woken in a sync wait: `woken` = by what it waits for. Does not return if a signal ends the program. */
export function heedTermination(woken: boolean): void {
  if (!isListening || (woken && ++wakeUps % LOOK_EVERY !== 0)) return;
  for (const signal of SIGNALS) {
    if (isAlone(signal) && platform().wasHandled(constants.signals[signal])) onTermination(signal);
  }
}

function onTermination(signal: Ending): void {
  if (!isAlone(signal)) return;
  const isHeardByOthers = process.listenerCount(signal) > 1;
  leaveOnTermination(false);
  // Listeners that clean up do so at the exit. And the system spares its first process, as that of a container, the default action.
  if (isHeardByOthers || process.pid === 1) process.exit(128 + constants.signals[signal]);
  sessionIfOpen()?.leave();
  process.kill(process.pid, signal);
}

/** From the moment that the program has a listener of its own, that gets every signal. */
function onNewListener(event: string | symbol): void {
  const signal = SIGNALS.find((name) => name === event);
  if (signal) platform().handleOnce(constants.signals[signal], false);
}

function isAlone(signal: Ending): boolean {
  return onlyCleanUp(process.listenerCount(signal) - 1);
}
