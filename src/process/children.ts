/**
 * The children of this process, and how they end with it.
 *
 * At exit daemonic children are asked to end, then made to, and waited for, so that nothing outlives the program and the last one out removes the session's folder.
 */
import { onSessionOpen } from '../memory/session.ts';
import { waiting } from '../wakeup/waiting.ts';
import type { Child } from './child.ts';
import { KILL_MS, TERMINATE_MS } from './ending.ts';
import { holdInterrupt, interruptWith, releaseInterrupt } from './interrupt.ts';

const children = new Set<Child>();

export function adoptChild(child: Child): void {
  children.add(child);
  child.keepsAlive = !child.identity.daemon;
  if (children.size === 1) interruptWith(endAll);
  child.exited.then(() => {
    children.delete(child);
    if (children.size === 0) interruptWith(undefined);
  });
}

export function liveChildren(): Child[] {
  return [...children].filter((child) => child.exitStatus() === null);
}

onSessionOpen((session) => {
  session.beforeLeave(() => endDaemonic());
  waiting().blocking.push({ enter: holdInterrupt, leave: releaseInterrupt });
});

function endDaemonic(): void {
  end(liveChildren().filter((child) => child.identity.daemon));
}

function endAll(): number {
  const live = liveChildren();
  end(live);
  return live.length;
}

function end(ending: readonly Child[]): void {
  for (const [signal, patience] of [
    ['SIGTERM', TERMINATE_MS],
    ['SIGKILL', KILL_MS],
  ] as const) {
    const until = performance.now() + patience;
    const alive = ending.filter((child) => child.exitStatus() === null);
    for (const child of alive) child.kill(signal);
    for (const child of alive) child.waitSync(Math.max(until - performance.now(), 0));
  }
}
