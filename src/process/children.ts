/**
 * The children of this process, and how they end with it.
 *
 * At exit daemonic children are asked to end, then made to, and waited for, so that nothing outlives the program and the last one out removes the session's folder.
 * What they have started is daemonic too and ends with them, by the kernel's hand: that is waited for as well.
 */
import { LogLevel } from '../logging/levels.ts';
import { record, threshold } from '../logging/logger.ts';
import type { OwnerWord } from '../memory/participants.ts';
import { slotOf } from '../memory/participants.ts';
import { onSessionOpen, session } from '../memory/session.ts';
import { waiting } from '../wakeup/waiting.ts';
import type { Child } from './child.ts';
import { KILL_MS, TERMINATE_MS } from './ending.ts';
import { betweenFinalizers } from './finalize.ts';
import { catchInterrupt, heedInterrupt, interruptWith } from './interrupt.ts';
import { heedTermination, leaveOnTermination } from './termination.ts';

/** For those that end when their parents have. */
const DESCENDANTS_MS = 1000;
/** Between two looks at those whose end nobody tells of. */
const LOOK_MS = 5;

const children = new Set<Child>();
let isEnding = false;
/** A Ctrl-C came while the children were asked to end. */
let isHurried = false;

export function adoptChild(child: Child): void {
  children.add(child);
  interruptWith(endAll);
  leaveOnTermination(true);
  child.exited.then(() => {
    children.delete(child);
    if (children.size > 0) return;
    interruptWith(undefined);
    leaveOnTermination(false);
  });
}

export function liveChildren(): Child[] {
  return [...children].filter((child) => child.isRunning);
}

onSessionOpen((session) => {
  session.beforeLeave(() => {
    endDaemonic();
    waitUntilGone(hasDyingOrphans, KILL_MS);
  });
  betweenFinalizers(endDaemonic);
  waiting().sleepHooks.push({ before: catchInterrupt, after: heedInterrupt });
  waiting().sleepHooks.push({ before: () => {}, after: heedTermination });
});

function endDaemonic(): void {
  end(liveChildren().filter((child) => child.identity.daemon));
}

function endAll(): boolean {
  isHurried = isEnding;
  if (isEnding) return false;
  end(liveChildren());
  return true;
}

function end(ending: readonly Child[]): void {
  if (ending.length === 0) return;
  isEnding = true;
  const descendants = descendantsOf(ending);
  for (const [signal, patience] of [
    ['SIGTERM', TERMINATE_MS],
    ['SIGKILL', KILL_MS],
  ] as const) {
    const until = performance.now() + patience;
    const alive = ending.filter((child) => child.isRunning);
    for (const child of alive) {
      if (threshold <= LogLevel.INFO)
        record(LogLevel.INFO, `sending ${signal} to child ${child.identity.name} (pid ${child.pid})`);
      child.kill(signal);
    }
    for (const child of alive) {
      child.waitSync(Math.max(until - performance.now(), 0), () => isHurried && signal === 'SIGTERM');
    }
  }
  waitUntilGone(() => descendants.some((owner) => waiting().doorbells.probe(owner)), DESCENDANTS_MS);
  isEnding = false;
}

function waitUntilGone(areThere: () => boolean, patience: number): void {
  const until = performance.now() + patience;
  const areGone = (): true | undefined => (areThere() ? undefined : true);
  while (!areGone() && performance.now() < until && !isHurried) waiting().waitSync([], areGone, { timeout: LOOK_MS });
}

/**
 * Whether daemonic processes are left whose parent was ended before. The kernel ends them, and they remove nothing: did they have the session's folder
 * for longer than this process, it would stay.
 */
function hasDyingOrphans(): boolean {
  const { participants } = session();
  const { doorbells } = waiting();
  return [...participants.listed()].some((owner) => {
    const parent = participants.parent(owner);
    const isOrphan =
      parent !== 0 && participants.mayBeDaemonic(owner) && !(participants.isListed(parent) && doorbells.probe(parent));
    return isOrphan && doorbells.probe(owner);
  });
}

/** Those that these have started, and that those have started. */
function descendantsOf(ancestors: readonly Child[]): OwnerWord[] {
  const { participants } = session();
  const roots = new Set(ancestors.map((child) => child.owner));
  return [...participants.listed()].filter((owner) => {
    let parent = participants.parent(owner);
    // A slot that has gone on to another life says nothing of the one before.
    while (parent !== 0 && !roots.has(parent) && participants.current(slotOf(parent)) === parent)
      parent = participants.parent(parent);
    return roots.has(parent);
  });
}
