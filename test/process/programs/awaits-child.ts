/** Waits for a child in its own top-level await, with a target of its own; the child imports it while it is not through. */
import { isMain, Process } from 'multiproc';

export let secret = 'unset';

export function tell(word: string): void {
  console.log(`${word} ${secret} isMain ${isMain(import.meta)}`);
}

export default function shout(word: string): void {
  console.log(`default ${word}`);
}

if (isMain(import.meta)) {
  const [, , ...words] = process.argv;
  console.log(await new Process({ target: tell, args: [words[0]] }).start().join());
  console.log(await new Process({ target: shout, args: [words[1]] }).start().join());
}
secret = 'set';
await new Promise((resolve) => setImmediate(resolve));
