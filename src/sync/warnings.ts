import { announce } from '../logging/events.ts';

/** Tells the program that something was taken over from a process that died while it held it: in the log, or where nobody reads that, as a process warning. */
export function warnAbandoned(kind: 'lock' | 'semaphore', text: string): void {
  if (announce('multiproc:lock.abandoned', () => ({ kind, message: text }))) return;
  // By a turn of the event loop: a Ctrl-C ends all processes of a program, and who hears of it a moment later than the holder has nothing to warn of.
  setImmediate(() => process.emitWarning(text, { code: 'MULTIPROC_ABANDONED_LOCK', type: 'MultiprocWarning' }));
}
