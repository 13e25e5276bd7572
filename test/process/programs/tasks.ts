/** Targets and tasks that several tests use. */
export function nothing(): void {}

export function print(...words: unknown[]): void {
  console.log(...words);
}

export function sleep(): Promise<never> {
  setInterval(() => {}, 2 ** 30);
  return new Promise(() => {});
}

export function spin(): never {
  for (;;);
}

export function ignoreTermination(): Promise<never> {
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => console.log(`not on ${signal}`));
  console.log(`ready ${process.pid}`);
  return sleep();
}
