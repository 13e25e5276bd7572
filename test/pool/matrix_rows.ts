/** The rows of the matrix of faults: where, how, and what the task's owner is told. */
import assert from 'node:assert/strict';
import { MaybeEncodingError, WorkerLostError } from 'multiproc';
import { type Deed, Mishap, type Place } from './tasks_matrix.js';

export interface Fault {
  readonly name: string;
  readonly place: Place;
  /** It ends its worker. */
  readonly isDeadly: boolean;
  /** Which situations meet it: all, those that are thorough, or the first alone. */
  readonly met: 'everywhere' | 'thoroughly' | 'once';
  make(): Mishap;
  check(error: unknown): void;
}

type Check = (error: any) => void;

const thrown: Check = (error) => {
  assert.ok(error instanceof EvalError, String(error));
  assert.equal(error.message, 'a mishap');
};

const notSent: Check = (error) => {
  assert.ok(error instanceof MaybeEncodingError, String(error));
  assert.match(error.message, /the result of a task, Mishap .*cannot be sent: .*a mishap/);
};

const lost =
  (exitCode: number | null, signal: NodeJS.Signals | null): Check =>
  (error) => {
    assert.ok(error instanceof WorkerLostError, String(error));
    assert.deepEqual([error.code, error.exitCode, error.signal], ['ERR_MULTIPROC_WORKER_LOST', exitCode, signal]);
    assert.ok(error.message.includes(`(pid ${error.pid}) `), error.message);
  };

const deaths: Partial<Record<Deed, Check>> = {
  exit: lost(0, null),
  abort: lost(-6, 'SIGABRT'),
  segfault: lost(-11, 'SIGSEGV'),
  kill: lost(-9, 'SIGKILL'),
};

const ROWS: readonly [Place, Deed, Check?][] = [
  ['argument encoded', 'throw', thrown],
  ['argument decoded', 'throw', thrown],
  ['argument decoded', 'exit'],
  ['argument decoded', 'abort'],
  ['argument decoded', 'segfault'],
  ['argument decoded', 'kill'],
  ['function', 'throw', thrown],
  ['function', 'exit'],
  ['function', 'abort'],
  ['function', 'segfault'],
  ['function', 'kill'],
  ['function after an await', 'throw', thrown],
  ['function after an await', 'exit'],
  ['function after an await', 'kill'],
  ['result encoded', 'throw', notSent],
  ['result encoded', 'exit'],
  ['result encoded', 'abort'],
  ['result encoded', 'kill'],
  ['result decoded', 'throw', thrown],
];

/** Deaths are dear: the next worker takes a tenth of a second of processor time. */
function metBy(place: Place, deed: Deed): Fault['met'] {
  if (deed === 'throw' || (deed === 'kill' && place === 'function')) return 'everywhere';
  return deed === 'segfault' ? 'once' : 'thoroughly';
}

export const FAULTS: readonly Fault[] = ROWS.map(([place, deed, check = deaths[deed]!]) => ({
  name: `${place}: ${deed}`,
  place,
  isDeadly: deed in deaths,
  met: metBy(place, deed),
  make: () => new Mishap(place, deed),
  check,
}));
