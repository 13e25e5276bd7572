/** In the test's process its import takes until it is told to go on; in a worker it takes no time. */
const { slowImportBegins } = globalThis as { slowImportBegins?: (go: () => void) => void };
if (slowImportBegins) await new Promise<void>((resolve) => slowImportBegins(resolve));

export class Slow {
  value = 1;
}

export function slow(): Slow {
  return new Slow();
}
