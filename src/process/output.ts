/** The output of a child that is piped to its parent. */
import type { Socket } from 'node:net';
import type { Readable } from 'node:stream';

/** Events whose first listener shows that somebody reads. `for await`, `pipe` and the like listen too. */
const READING = new Set<string | symbol>(['data', 'readable', 'end', 'close']);

/**
 * A stream over the pipe's own. When a child exits, Node reads what nobody has asked for to its end and drops it; here it waits for its reader.
 * Where `isDaemon`, the pipe keeps the event loop alive only once somebody reads.
 */
export function outputOf(pipe: Readable | null, isDaemon: boolean): Readable | null {
  if (!pipe) return null;
  const { PassThrough } = process.getBuiltinModule('node:stream');
  const output = new PassThrough();
  pipe.on('error', (error) => output.destroy(error));
  pipe.pipe(output);
  // Who destroys it wants no more: the child hears of that, instead of waiting for a reader.
  output.once('close', () => pipe.destroy());
  if (isDaemon) {
    (pipe as Socket).unref();
    output.on('newListener', (event) => {
      if (READING.has(event)) (pipe as Socket).ref();
    });
  }
  return output;
}
