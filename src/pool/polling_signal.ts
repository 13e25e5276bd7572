/** A signal that looks for itself when it is asked: a sync task keeps the event loop, and so everything that could tell it, waiting. */

const isAborted = Object.getOwnPropertyDescriptor(AbortSignal.prototype, 'aborted')!.get as (this: AbortSignal) => boolean;

/** Whoever reads `signal.aborted`, or calls `throwIfAborted`, has `poll` called before, which may abort it. */
export function pollingSignal(signal: AbortSignal, poll: () => void): void {
  Object.defineProperty(signal, 'aborted', {
    configurable: true,
    get() {
      if (!isAborted.call(signal)) poll();
      return isAborted.call(signal);
    },
  });
  Object.defineProperty(signal, 'throwIfAborted', {
    configurable: true,
    value: () => {
      if (signal.aborted) throw signal.reason;
    },
  });
}
