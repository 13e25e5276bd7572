/**
 * The spares of this process: booted children that wait for work, for the start method `warm`.
 *
 * States of a spare (its slot's SPARE word): BOOTING, READY, and NONE from the moment that it is taken. Taking: the parent sees that it runs, makes it a child, and
 * gives it its orders as to any child that has not come up yet.
 * Crash: one that is killed before it is taken is replaced, and nobody hears of it; one that is killed later is a child that was killed, and says so by its exit code.
 * A spare whose parent dies goes with it, as a daemonic child does.
 */
import { loggingState } from '../logging/logger.ts';
import { slotOf } from '../memory/participants.ts';
import { onSessionOpen, session } from '../memory/session.ts';
import { platform } from '../platform/current.ts';
import { waiting } from '../wakeup/waiting.ts';
import { KILL_MS, waitForEnd } from './ending.ts';
import type { SpareOrders, Work } from './environment.ts';
import { currentIdentity } from './identity.ts';
import { type Image, type Launched, launch } from './launch.ts';
import { type Change, changeBetween, type Surroundings } from './surroundings.ts';

/** The name under which `ps` shows a process that was one. */
const SPARE_NAME = 'multiproc-spare';

/** How one ended that nobody had taken. */
export interface SpareEnd {
  readonly wasReady: boolean;
  readonly signal: NodeJS.Signals | null;
}

export interface Taken {
  readonly launched: Launched;
  readonly change: Change;
  readonly wasReady: boolean;
}

interface Spare extends Launched {
  readonly surroundings: Surroundings;
  readonly onExit: (code: number | null, signal: NodeJS.Signals | null) => void;
}

const spares = new Set<Spare>();
/** Killed, and not heard of yet. */
const dying = new Set<Spare>();
let isOver = false;

/** Throws what starting a process throws. */
export function bootSpare(image: Image, surroundings: Surroundings, orders: SpareOrders, onEnd: (end: SpareEnd) => void): void {
  if (isOver) return;
  const identity = { name: SPARE_NAME, daemon: true, path: currentIdentity().path, parent: session().self };
  const work: Work = {
    identity,
    startMethod: 'warm',
    ignoresInterrupt: true,
    pipesOutput: false,
    keepsLastWords: false,
    logging: loggingState(),
  };
  const launched = launch(work, image, orders);
  const { owner, process } = launched;
  const spare: Spare = {
    ...launched,
    surroundings,
    onExit: (_code, signal) => {
      spares.delete(spare);
      const { participants } = session();
      // Cleaned up after it may be, and its slot another's by now: then nobody knows.
      const wasReady = participants.current(slotOf(owner)) !== owner || participants.isReady(owner);
      session().bury(owner);
      waiting().doorbells.forget(owner);
      onEnd({ wasReady, signal });
    },
  };
  process.unref();
  process.once('exit', spare.onExit);
  spares.add(spare);
}

/** Takes a spare that can get to these surroundings, be it with `isPatient` one that still boots. From here on it is the caller's. */
export function takeSpare(surroundings: Surroundings, isPatient: boolean): Taken | undefined {
  const { participants } = session();
  const isReady = ({ owner }: Spare): boolean => participants.isReady(owner);
  const inOrder = [...[...spares].filter(isReady), ...(isPatient ? [...spares].filter((spare) => !isReady(spare)) : [])];
  for (const spare of inOrder) {
    // The exit event of a dead one comes soon.
    const change = platform().peekExit(spare.pid) === undefined ? changeBetween(spare.surroundings, surroundings) : undefined;
    if (!change) continue;
    const wasReady = isReady(spare);
    spares.delete(spare);
    spare.process.off('exit', spare.onExit);
    participants.enlist(spare.owner);
    return { launched: spare, change, wasReady };
  }
  return undefined;
}

/** How many can become a process with these surroundings, how many there are, and whether one boots. */
export function countSpares(surroundings: Surroundings): {
  readonly fitting: number;
  readonly all: number;
  readonly areReady: boolean;
} {
  const { participants } = session();
  const all = [...spares];
  return {
    fitting: all.filter((spare) => changeBetween(spare.surroundings, surroundings)).length,
    all: all.length,
    areReady: all.every(({ owner }) => participants.isReady(owner)),
  };
}

/** Their process ids, for tests. */
export function sparePids(): number[] {
  return [...spares].map(({ pid }) => pid);
}

/** Ends the oldest `count`, first those that do not fit. They have nothing to lose. */
export function endSpares(count = Infinity, fitting?: Surroundings): void {
  const fits = (spare: Spare): boolean => fitting !== undefined && changeBetween(spare.surroundings, fitting) !== undefined;
  const inOrder = [...[...spares].filter((spare) => !fits(spare)), ...[...spares].filter(fits)];
  for (const spare of inOrder.slice(0, count)) end(spare);
}

function end(spare: Spare): void {
  spares.delete(spare);
  spare.process.off('exit', spare.onExit);
  dying.add(spare);
  spare.process.once('exit', () => {
    dying.delete(spare);
    session().bury(spare.owner);
    waiting().doorbells.forget(spare.owner);
  });
  spare.process.kill('SIGKILL');
}

onSessionOpen((session) => {
  session.beforeLeave(() => {
    isOver = true;
    endSpares();
    const until = performance.now() + KILL_MS;
    for (const { pid, owner } of dying) {
      waitForEnd(pid, Math.max(until - performance.now(), 0), () => platform().peekExit(pid) === undefined);
      session.bury(owner);
    }
  });
});
