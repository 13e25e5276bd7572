import { announce } from '../logging/events.ts';

/** Tells the program that something was taken over from a process that died while it held it: in the log, or where nobody reads that, as a process warning. */
export function warnAbandoned(kind: 'lock' | 'semaphore', text: string): void {
  if (announce('multiproc:lock.abandoned', () => ({ kind, message: text }))) return;
  process.emitWarning(text, { code: 'MULTIPROC_ABANDONED_LOCK', type: 'MultiprocWarning' });
}
