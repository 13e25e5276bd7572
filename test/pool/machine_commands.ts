/** The commands of the machine. Each is data, so that a play can be shown and played again. */
import fc from 'fast-check';
import { type Pool, type Results, type TaskOptions, TimeoutError } from 'multiproc';
import type { Machine, Model } from './machine.js';
import type { Expectation, Open } from './machine_ledger.js';
import { identity, never, sleep, square, squareLater } from './tasks.js';
import { Refusal, refuse } from './tasks_errors.js';
import { exit, killSelf, Lethal } from './tasks_faults.js';

type Command = fc.AsyncCommand<Model, Machine>;
type Step = (model: Model, machine: Machine) => void | Promise<void>;

/** Of a call that blocks, in ms: longer is a hang. */
const PATIENCE = { timeout: 60_000 };
const range = (length: number): number[] => Array.from({ length }, (_, i) => i);

function command(label: string, run: Step, check: (model: Readonly<Model>) => boolean = () => true): Command {
  return { check, run: async (model, machine) => await run(model, machine), toString: () => label };
}

// ---- one task

interface Single {
  readonly f: (...args: any[]) => unknown;
  readonly args: readonly unknown[];
  readonly expected: Omit<Expectation, 'label'>;
  readonly options?: TaskOptions;
}

const isRefusal = (error: unknown): boolean => error instanceof Refusal;
const isUnsendable = (error: unknown): boolean => (error as Error).name === 'SerializationError';

const SINGLES: Readonly<Record<string, Single>> = {
  square: { f: square, args: [4], expected: { value: 16 } },
  squareLater: { f: squareLater, args: [5], expected: { value: 25 } },
  sleep: { f: sleep, args: [20], expected: { value: 20 } },
  refuse: { f: refuse, args: [1], expected: { error: isRefusal } },
  unsendable: { f: identity, args: [Symbol('s')], expected: { error: isUnsendable } },
  exit: { f: exit, args: [0], expected: { isLethal: true } },
  killSelf: { f: killSelf, args: [], expected: { isLethal: true } },
  'never, for 30 ms': {
    f: never,
    args: [],
    expected: { error: (error) => error instanceof TimeoutError },
    options: { timeout: 30 },
  },
  'sleep, for 30 s at most': { f: sleep, args: [5], expected: { value: 5, isTimed: true }, options: { timeout: 30_000 } },
  'killSelf, twice': { f: killSelf, args: [], expected: { isLethal: true }, options: { retries: 1 } },
  'killSelf, twice, later': { f: killSelf, args: [], expected: { isLethal: true }, options: { retries: 1, backoff: 10 } },
  'sleep, with tries': { f: sleep, args: [10], expected: { value: 10 }, options: { retries: 2, backoff: 1 } },
  urgent: { f: square, args: [6], expected: { value: 36 }, options: { priority: 1 } },
  'not urgent': { f: squareLater, args: [7], expected: { value: 49 }, options: { priority: -1 } },
};

/** Both ways in which a task is told of: by callbacks, and by its promise. */
function apply(name: string, { f, args, expected, options }: Single): Step {
  return (model, machine) =>
    machine.submit(model, () => {
      let byCallback: Open;
      const result = machine.pool.applyAsync(f, args, {
        ...options,
        callback: (value) => byCallback.returned(value),
        errorCallback: (error) => byCallback.failed(error),
      });
      byCallback = machine.ledger.open({ label: `${name}, by callback`, ...expected });
      const byPromise = machine.ledger.open({ label: name, ...expected, isLethal: true });
      machine.expect(result.then(byPromise.returned, byPromise.failed));
      machine.cancels.push(() => {
        for (const one of [byPromise, byCallback]) one.cancelled();
        result.cancel();
      });
    });
}

const single = fc.constantFrom(...Object.keys(SINGLES)).map((name) => command(`apply(${name})`, apply(name, SINGLES[name])));

const inCallback = fc.constantFrom(...Object.keys(SINGLES)).map((name) =>
  command(`apply(${name}) in a callback`, (model, machine) =>
    machine.submit(model, () => {
      const again = (): void => void apply(name, SINGLES[name])(model, machine);
      machine.expect(machine.pool.applyAsync(square, [1], { callback: again, errorCallback: again }).then(undefined, () => {}));
    }),
  ),
);

// ---- many

const shape = fc.record({ length: fc.integer({ min: 0, max: 60 }), chunksize: fc.integer({ min: 1, max: 20 }) });

const map = shape.map(({ length, chunksize }) =>
  command(`map(${length}, ${chunksize})`, (model, machine) =>
    machine.submit(model, () => {
      const result = machine.pool.map(square, range(length), { chunksize });
      // A list of tasks may lose several: it tells of the first.
      const entry = machine.ledger.open({ label: `map of ${length}`, value: range(length).map(square) });
      machine.expect(result.then(entry.returned, entry.failed));
      machine.cancels.push(() => {
        entry.cancelled();
        result.cancel();
      });
    }),
  ),
);

// ---- calls that block

const BLOCKING: Readonly<Record<string, (pool: Pool, length: number) => unknown>> = {
  applySync: (pool) => [pool.applySync(square, [0], PATIENCE)],
  mapSync: (pool, length) => pool.mapSync(square, range(length), { chunksize: 2, ...PATIENCE }),
  starmapSync: (pool, length) =>
    pool.starmapSync(
      squareLater,
      range(length).map((x) => [x] as const),
      PATIENCE,
    ),
  imapSync: (pool, length) => [...pool.imapSync(square, range(length), PATIENCE)],
  getSync: (pool, length) => pool.map(square, range(length)).getSync(PATIENCE),
};

/** What is stopped cannot be continued while the thread blocks. */
function block(name: string, length: number): Step {
  return (model, machine) => {
    if (model.state !== 'running') return;
    machine.resume();
    const size = name === 'applySync' ? 1 : length;
    const entry = machine.ledger.open({ label: `${name}(${size})`, value: range(size).map(square) });
    try {
      entry.returned(BLOCKING[name](machine.pool, size));
    } catch (error) {
      entry.failed(error);
    }
  };
}

const blocking = fc
  .record({ name: fc.constantFrom(...Object.keys(BLOCKING)), length: fc.nat({ max: 12 }), inCallback: fc.boolean() })
  .map(({ name, length, inCallback }) =>
    command(`${name}(${length})${inCallback ? ' in a callback' : ''}`, (model, machine) =>
      machine.submit(model, () => {
        const step = block(name, length);
        if (!inCallback) return void step(model, machine);
        const callback = (): void => void step(model, machine);
        machine.expect(machine.pool.applyAsync(square, [1], { callback, errorCallback: callback }).then(undefined, () => {}));
      }),
    ),
  );

type Kind = 'square' | 'later' | 'mixed';
const MIXED = [0, 1, new Lethal(), 3, Symbol('s')];

/** The input of a stream, and what its items come to. */
function itemsOf(kind: Kind, length: number): { items: unknown[]; expected: Omit<Expectation, 'label'>[] } {
  const items = range(length).map((x) => (kind === 'mixed' ? MIXED[x % MIXED.length] : x));
  const expected = items.map((item) => {
    if (item instanceof Lethal) return { isLethal: true };
    return typeof item === 'symbol' ? { error: isUnsendable } : { value: kind === 'mixed' ? item : (item as number) ** 2 };
  });
  return { items, expected };
}

const stream = fc
  .record({ kind: fc.constantFrom<Kind>('square', 'later', 'mixed'), shape, taken: fc.option(fc.nat({ max: 30 })) })
  .map(({ kind, shape: { length, chunksize }, taken }) => {
    const size = kind === 'mixed' ? length % 8 : length;
    return command(`imap(${kind}, ${size}, ${chunksize}) taking ${taken ?? 'all'}`, (model, machine) =>
      machine.submit(model, () => {
        const f = kind === 'mixed' ? identity : kind === 'later' ? squareLater : square;
        const { items, expected } = itemsOf(kind, size);
        const results = machine.pool.imap(f as (item: unknown) => unknown, items, { chunksize });
        machine.expect(takeAll(results, expected, taken ?? Infinity, machine));
      }),
    );
  });

async function takeAll(
  results: Results<unknown>,
  expected: readonly Omit<Expectation, 'label'>[],
  most: number,
  { ledger }: Machine,
): Promise<void> {
  const wanted = expected.slice(0, most);
  const entries = wanted.map((one, i) => ledger.open({ label: `result ${i} of imap`, ...one }));
  for (const entry of entries) {
    await results.next().then(
      ({ done, value }) => (done ? entry.failed(new Error('the end')) : entry.returned(value)),
      (error) => entry.failed(error),
    );
  }
  const end = ledger.open({ label: 'the end of imap', value: true });
  if (most < expected.length) await results.return!();
  await results.next().then(
    ({ done }) => end.returned(done === true),
    (error) => end.failed(error),
  );
}

// ---- blows

const which = fc.nat({ max: 5 });

const kill = which.map((n) =>
  command(`kill(${n})`, (_model, machine) => {
    const pid = machine.worker(n);
    if (pid === undefined) return;
    machine.ledger.blows.kills++;
    machine.signal(pid, 'SIGKILL');
  }),
);

const stop = which.map((n) =>
  command(`stop(${n})`, (_model, machine) => {
    const pid = machine.worker(n);
    if (pid === undefined) return;
    machine.stopped.add(pid);
    machine.ledger.blows.stops++;
    machine.signal(pid, 'SIGSTOP');
  }),
);

const resume = fc.constant(command('continue', (_model, machine) => machine.resume()));

const cancel = fc.nat({ max: 20 }).map((n) =>
  command(`cancel(${n})`, (_model, { cancels }) => {
    if (cancels.length > 0) cancels.splice(n % cancels.length, 1)[0]();
  }),
);

const resize = fc.integer({ min: 1, max: 4 }).map((size) =>
  command(`resize(${size})`, (model, machine) =>
    machine.submit(model, () => {
      if (model.state !== 'terminated') machine.pool.resize(size);
    }),
  ),
);

const cancelAll = fc.constant(
  command('cancel all', (_model, { cancels }) => {
    for (const one of cancels.splice(0)) one();
  }),
);

// ---- time and ends

const turn = fc.constant(command('turn', () => new Promise((resolve) => void setImmediate(resolve))));
const pause = fc
  .integer({ min: 1, max: 80 })
  .map((ms) => command(`pause(${ms})`, () => new Promise((resolve) => void setTimeout(resolve, ms))));

const close = fc.constant(
  command('close', (model, machine) => {
    machine.pool.close();
    if (model.state === 'running') model.state = 'closed';
  }),
);

const terminate = fc.constant(
  command('terminate', (model, machine) => {
    machine.ledger.blows.isTerminated = true;
    machine.pool.terminate();
    model.state = 'terminated';
  }),
);

const join = fc.constant(
  command(
    'join',
    (_model, machine) => machine.expect(machine.pool.join()),
    (model) => model.state !== 'running',
  ),
);

/** Weights by repetition: `fc.commands` takes each arbitrary with the same chance. */
export const COMMANDS: fc.Arbitrary<Command>[] = [
  ...[single, single, single, inCallback, map, map, blocking, stream, stream, stream],
  ...[
    resize,
    cancel,
    cancel,
    fc.oneof({ weight: 5, arbitrary: turn }, { weight: 1, arbitrary: cancelAll }),
    kill,
    kill,
    stop,
    resume,
    turn,
    turn,
    pause,
    pause,
  ],
  fc.oneof(
    { weight: 6, arbitrary: turn },
    { weight: 2, arbitrary: close },
    { weight: 1, arbitrary: terminate },
    { weight: 3, arbitrary: join },
  ),
];
