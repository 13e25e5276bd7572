import { announce } from '../logging/events.ts';

let isInterrupted = (): boolean => false;

/** Set by the layer that hears of a Ctrl-C: whether one came that is about to end this program. */
export function setInterrupted(ask: () => boolean): void {
  isInterrupted = ask;
}

/** Tells the program that something was taken over from a process that died while it held it: in the log, or where nobody reads that, as a process warning. */
export function warnAbandoned(kind: 'lock' | 'semaphore', text: string): void {
  // A Ctrl-C ends all processes of a program: the holder was only a little quicker, and there is nothing to warn of.
  if (isInterrupted()) return;
  if (announce('multiproc:lock.abandoned', () => ({ kind, message: text }))) return;
  process.emitWarning(text, { code: 'MULTIPROC_ABANDONED_LOCK', type: 'MultiprocWarning' });
}
