/** Imported by nobody before a message names its function, and only `import()` can load it. */
await Promise.resolve();

export function late(n: number): number {
  return n + 1;
}
