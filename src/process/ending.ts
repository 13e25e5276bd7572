/** How a process is made to end: SIGTERM, then SIGKILL. */

/** How long a process has after SIGTERM, in ms. */
export const TERMINATE_MS = 500;
/** How long the kernel has after SIGKILL, in ms: a process of many GB takes it a while. */
export const KILL_MS = 5000;
