/** How a process is made to end, and waited for: SIGTERM, then SIGKILL. */
import { platform } from '../platform/current.ts';
import { waiting } from '../wakeup/waiting.ts';

/** How long a process has after SIGTERM, in ms. */
export const TERMINATE_MS = 500;
/** How long the kernel has after SIGKILL, in ms: a process of many GB takes it a while. */
export const KILL_MS = 5000;

/** Sleeps until a child has ended, or `giveUp` says so, asked at each wake-up. False = that, or `timeout` ms have passed. */
export function waitForEnd(pid: number, timeout: number, isRunning: () => boolean, giveUp?: () => boolean): boolean {
  const pidfd = platform().openProcess(pid);
  const attempt = (): boolean | undefined => (isRunning() ? (giveUp?.() ? false : undefined) : true);
  try {
    return waiting().waitSync([], attempt, { timeout }, pidfd === null ? [] : [pidfd]) === true;
  } finally {
    if (pidfd !== null) platform().close(pidfd);
  }
}
