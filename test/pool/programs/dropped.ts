/** Forgets a pool that has something to do. Run with --expose-gc. */
import { readFileSync } from 'node:fs';
import { isMain, Pool } from 'multiproc';
import { square } from '../tasks.js';

if (isMain(import.meta)) {
  const result = ((): PromiseLike<number> => new Pool(2).apply(square, [5]))();
  const timer = setInterval(() => (globalThis as unknown as { gc(): void }).gc(), 10);
  console.log(await result);
  const children = (): string => readFileSync(`/proc/self/task/${process.pid}/children`, 'utf8').trim();
  while (children() !== '') await new Promise((resolve) => setTimeout(resolve, 5));
  clearInterval(timer);
  console.log('gone');
}
