/** No room for the rings of so many workers: the constructor fails, and the workers that it has started end. */
import { readFileSync } from 'node:fs';

process.env.MULTIPROC_MEMORY_LIMIT = String(1024 * 1024);
const { isMain, Pool } = await import('multiproc');
if (isMain(import.meta)) {
  const children = (): string => readFileSync(`/proc/self/task/${process.pid}/children`, 'utf8').trim();
  let name = 'none';
  try {
    new Pool(40);
  } catch (error) {
    name = (error as Error).name;
  }
  const end = performance.now() + 20_000;
  while (children() !== '' && performance.now() < end) await new Promise((resolve) => setTimeout(resolve, 5));
  console.log(name, children().split(' ').filter(Boolean).length);
}
