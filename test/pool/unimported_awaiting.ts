/** A module that can only be imported: its top level waits. Named by URL, never imported by the test that needs it so. */
await Promise.resolve();

export class Late {
  value = 1;
}

export function late(): Late {
  return new Late();
}
