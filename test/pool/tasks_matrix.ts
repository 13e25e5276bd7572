/** What the matrix of faults sends to workers: an item that comes to grief at a chosen place, in a chosen way. */
import { parentProcess, registerReducer } from 'multiproc';

export type Place =
  | 'argument encoded'
  | 'argument decoded'
  | 'function'
  | 'function after an await'
  | 'result encoded'
  | 'result decoded';
export type Deed = 'throw' | 'exit' | 'abort' | 'segfault' | 'kill' | 'call back';

const isInWorker = parentProcess() !== null;

export class Mishap {
  readonly place: Place;
  readonly deed: Deed;
  constructor(place: Place, deed: Deed) {
    this.place = place;
    this.deed = deed;
  }
}

registerReducer(
  Mishap,
  ({ place, deed }) => {
    if (place === (isInWorker ? 'result encoded' : 'argument encoded')) act(deed);
    return [place, deed] as const;
  },
  ([place, deed]) => {
    if (place === (isInWorker ? 'argument decoded' : 'result decoded')) act(deed);
    return new Mishap(place, deed);
  },
);

/** In the program alone: what a mishap of the deed 'call back' runs, once. */
export const hook: { run: (() => void) | undefined } = { run: undefined };

function act(deed: Deed): void {
  if (deed === 'throw') throw new EvalError('a mishap');
  if (deed === 'exit') process.exit(0);
  if (deed === 'abort') process.abort();
  if (deed === 'segfault') process.kill(process.pid, 'SIGSEGV');
  if (deed === 'kill') process.kill(process.pid, 'SIGKILL');
  const { run } = hook;
  hook.run = undefined;
  run?.();
}

export function perform(item: number | Mishap): number | Mishap {
  if (typeof item === 'number') return item * item;
  if (item.place === 'function') act(item.deed);
  return item;
}

/** The same, and what is done after an await. */
export async function performLater(item: number | Mishap): Promise<number | Mishap> {
  await new Promise(setImmediate);
  if (typeof item !== 'number' && item.place === 'function after an await') act(item.deed);
  return perform(item);
}
