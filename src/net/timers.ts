/** Timers of any length: Node's hold 24.8 days at the most. */
const MOST = 2 ** 31 - 1;

/** Calls `expire` after `timeout` ms. Returns what stops it. Unless `keepsAlive` is false, it keeps the event loop alive. */
export function startTimer(timeout: number, expire: () => void, keepsAlive = true): () => void {
  let timer: NodeJS.Timeout;
  const start = (left: number): void => {
    timer = setTimeout(() => (left > MOST ? start(left - MOST) : expire()), Math.min(left, MOST));
    if (!keepsAlive) timer.unref();
  };
  start(timeout);
  return () => clearTimeout(timer);
}
