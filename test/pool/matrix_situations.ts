/** The columns of the matrix of faults: what else the pool is at when the faulty task is submitted, and from where. */
import type { Pool } from 'multiproc';
import type { Fault } from './matrix_rows.js';
import { drain } from './support.js';
import { hook, Mishap, perform, performLater } from './tasks_matrix.js';

type Item = number | Mishap;
export type Outcome = { readonly value: unknown } | { readonly error: unknown };

/** What became of the faulty task, every time that it was told of. */
export type Told = Outcome[];

export interface Situation {
  readonly name: string;
  readonly isThorough?: boolean;
  /** Workers that a fault costs which is deadly while its message is decoded: the chunk's, and then the item's own. Default: 1. */
  readonly decodings?: number;
  /** Ends when the faulty task and all its neighbours are settled. */
  run(pool: Pool, fault: Fault): Promise<{ told: Told; neighbours: [actual: unknown, expected: unknown][] }>;
}

const squares = (items: readonly number[]): number[] => items.map((x) => x * x);
const range = (length: number): number[] => Array.from({ length }, (_, i) => i);

/** As one task, told of by callbacks. */
function submit(pool: Pool, fault: Fault, told: Told): Promise<void> {
  const options = {
    callback: (value: unknown) => void told.push({ value }),
    errorCallback: (error: unknown) => void told.push({ error }),
  };
  return pool
    .applyAsync<[Item], unknown>(fault.place === 'function after an await' ? performLater : perform, [fault.make()], options)
    .then(
      () => {},
      () => {},
    );
}

/** From inside something that runs `now`: ends when that has run, and what it submitted is settled. */
async function submitFrom(start: (now: () => void) => PromiseLike<unknown>, pool: Pool, fault: Fault, told: Told): Promise<void> {
  let submitted: Promise<void> | undefined;
  await start(() => {
    submitted = submit(pool, fault, told);
  });
  await submitted;
}

/** In a chunk, with good items around it. */
async function inChunk(pool: Pool, fault: Fault, chunksize: number): ReturnType<Situation['run']> {
  const items: Item[] = [...range(4), fault.make(), ...range(3)];
  const f = fault.place === 'function after an await' ? performLater : perform;
  const results = await drain(pool.imap<Item, unknown>(f, items, { chunksize }));
  const [fourth] = results.splice(4, 1);
  const told = [typeof fourth === 'object' && fourth !== null && 'error' in fourth ? { error: fourth.error } : { value: fourth }];
  return { told, neighbours: [[results, squares([0, 1, 2, 3, 0, 1, 2])]] };
}

async function amongOthers(pool: Pool, fault: Fault): ReturnType<Situation['run']> {
  const told: Told = [];
  const before = [pool.map(performLater, range(20), { chunksize: 3 }), drain(pool.imap(performLater, range(10)))];
  const singles = range(8).map((x) => pool.apply(perform, [x]));
  const faulty = submit(pool, fault, told);
  const after = [pool.map(perform, range(20), { chunksize: 1 }), drain(pool.imapUnordered(performLater, range(10)))];
  await faulty;
  const unordered = ((await after[1]) as number[]).sort((a, b) => a - b);
  return {
    told,
    neighbours: [
      [await before[0], squares(range(20))],
      [await before[1], squares(range(10))],
      [await Promise.all(singles), squares(range(8))],
      [await after[0], squares(range(20))],
      [unordered, squares(range(10))],
    ],
  };
}

const fromWithin = (name: string, start: (pool: Pool, now: () => void) => PromiseLike<unknown>): Situation => ({
  name,
  async run(pool, fault) {
    const told: Told = [];
    await submitFrom((now) => start(pool, now), pool, fault, told);
    return { told, neighbours: [[await pool.map(perform, range(4), { chunksize: 1 }), [0, 1, 4, 9]]] };
  },
});

const hooked = (place: 'argument encoded' | 'result decoded'): Situation =>
  fromWithin(`submitted while another ${place.replace(/(\w+)$/, 'is $1')}`, (pool, now) => {
    hook.run = now;
    return pool.apply<[Item], unknown>(perform, [new Mishap(place, 'call back')]);
  });

export const SITUATIONS: readonly Situation[] = [
  {
    name: 'idle',
    isThorough: true,
    async run(pool, fault) {
      const told: Told = [];
      await submit(pool, fault, told);
      return { told, neighbours: [] };
    },
  },
  { name: 'in a chunk', decodings: 2, run: (pool, fault) => inChunk(pool, fault, 8) },
  { name: 'first of a chunk', decodings: 2, run: (pool, fault) => inChunk(pool, fault, 2) },
  { name: 'busy', isThorough: true, run: amongOthers },
  {
    ...fromWithin('submitted from a callback', (pool, now) => pool.applyAsync(perform, [2], { callback: now })),
    isThorough: true,
  },
  fromWithin('submitted from an error callback', (pool, now) =>
    pool
      .applyAsync<[Item], unknown>(perform, [new Mishap('function', 'throw')], { errorCallback: now })
      .then(undefined, () => {}),
  ),
  hooked('argument encoded'),
  hooked('result decoded'),
  fromWithin('submitted by the input of an iterator', (pool, now) => {
    function* input(): Generator<number> {
      yield 1;
      now();
      yield 2;
    }
    return drain(pool.imap(perform, input()));
  }),
];
