/** Tells the program that something was taken over from a process that died while it held it. */
export function warnAbandoned(text: string): void {
  process.emitWarning(text, { code: 'MULTIPROC_ABANDONED_LOCK', type: 'MultiprocWarning' });
}
