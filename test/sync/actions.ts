/** Actions of barriers, by name. */
export function nothing(): void {}

export function endThisProcess(): void {
  process.kill(process.pid, 'SIGKILL');
  // Until the signal comes.
  for (;;);
}
