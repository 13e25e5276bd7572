/** `map-<chunk size>`, `imap-<chunk size>` and so on over so many numbers: prints the peak resident memory in MiB. */
import { isMain, Pool } from 'multiproc';
import { square } from '../tasks.js';

function* numbers(count: number): Generator<number> {
  for (let i = 0; i < count; i++) yield i;
}

async function* numbersLater(count: number): AsyncGenerator<number> {
  for (let i = 0; i < count; i++) {
    if (i % 1000 === 0) await new Promise(setImmediate);
    yield i;
  }
}

async function sum(results: Iterable<number> | AsyncIterable<number>): Promise<number> {
  let total = 0;
  // A plain loop over what blocks: `for await` would let go of it at each turn.
  if (Symbol.iterator in results) for (const x of results) total += x;
  else for await (const x of results) total += x;
  return total;
}

if (isMain(import.meta)) {
  const [how, size] = process.argv[2].split('-');
  const count = Number(process.argv[3]);
  const chunksize = size === 'default' ? undefined : Number(size);
  const pool = new Pool(2);
  let total = 0;
  if (how === 'map') {
    const squares = await pool.map(square, [...numbers(count)], { chunksize });
    for (const x of squares) total += x;
  } else if (how === 'imapSync') total = await sum(pool.imapSync(square, numbers(count), { chunksize }));
  else total = await sum(pool.imap(square, how === 'imapAsync' ? numbersLater(count) : numbers(count), { chunksize }));
  let expected = 0;
  for (let i = 0; i < count; i++) expected += i * i;
  if (total !== expected) throw new Error(`${total} instead of ${expected}`);
  console.log(Math.round(process.resourceUsage().maxRSS / 1024));
  pool.terminate();
  await pool.join();
}
