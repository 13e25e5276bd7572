/**
 * The children of this process, and how they end with it.
 *
 * At exit daemonic children are asked to end, then made to, and waited for, so that nothing outlives the program and the last one out removes the session's folder.
 */
import { onSessionOpen } from '../memory/session.ts';
import { waiting } from '../wakeup/waiting.ts';
import type { Child } from './child.ts';
import { KILL_MS, TERMINATE_MS } from './ending.ts';
import { heedInterrupt, interruptWith } from './interrupt.ts';

const children = new Set<Child>();
let isEnding = false;
/** A Ctrl-C came while the children were asked to end. */
let isHurried = false;

export function adoptChild(child: Child): void {
  children.add(child);
  interruptWith(endAll);
  child.exited.then(() => {
    children.delete(child);
    if (children.size === 0) interruptWith(undefined);
  });
}

export function liveChildren(): Child[] {
  return [...children].filter((child) => child.isRunning);
}

onSessionOpen((session) => {
  session.beforeLeave(() => end(liveChildren().filter((child) => child.identity.daemon)));
  waiting().aroundSleep.push(heedInterrupt);
});

function endAll(): boolean {
  isHurried = isEnding;
  if (isEnding) return false;
  end(liveChildren());
  return true;
}

function end(ending: readonly Child[]): void {
  isEnding = true;
  for (const [signal, patience] of [
    ['SIGTERM', TERMINATE_MS],
    ['SIGKILL', KILL_MS],
  ] as const) {
    const until = performance.now() + patience;
    const alive = ending.filter((child) => child.isRunning);
    for (const child of alive) child.kill(signal);
    for (const child of alive) {
      child.waitSync(Math.max(until - performance.now(), 0), () => isHurried && signal === 'SIGTERM');
    }
  }
  isEnding = false;
}
