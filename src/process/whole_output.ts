/**
 * A child's output to a pipe. What a pipe does not take at once Node keeps for later, and loses when the process exits; here a write returns when all
 * is in the pipe, as it does with files and terminals. The pipe may be shared with the parent and others, so its mode stays as it is.
 */
import { fstatSync, writeSync } from 'node:fs';
import type { Writable } from 'node:stream';
import { platform } from '../platform/current.ts';

type OutputStream = Writable & { readonly _handle?: { setBlocking?(blocking: boolean): void } };

/** `isOwn`: nobody shares the pipes. Then what Node itself writes, past the streams, is whole too. */
export function writeAtOnce(isOwn: boolean): void {
  for (const [name, fd] of [
    ['stdout', 1],
    ['stderr', 2],
  ] as const) {
    // To make a stream costs some ms: only when somebody asks for it.
    const { get } = Object.getOwnPropertyDescriptor(process, name)!;
    let stream: OutputStream | undefined;
    Object.defineProperty(process, name, {
      configurable: true,
      enumerable: true,
      get: () => {
        stream ??= adapted(get!.call(process), fd, isOwn);
        return stream;
      },
    });
  }
}

/** Waits for a slow reader. Throws as `fs.writeSync` does, EPIPE when the reader is gone. */
export function writeAll(fd: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; ) {
    try {
      at += writeSync(fd, bytes, at);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
      platform().waitWritable(fd);
    }
  }
}

function adapted(stream: OutputStream, fd: number, isOwn: boolean): OutputStream {
  if (!isPipe(fd)) return stream;
  if (isOwn) stream._handle?.setBlocking?.(true);
  stream._write = (chunk: Buffer | string, encoding, done) => {
    try {
      writeAll(fd, typeof chunk === 'string' ? Buffer.from(chunk, encoding) : chunk);
    } catch (error) {
      return done(error as Error);
    }
    done();
  };
  stream._writev = undefined;
  return stream;
}

function isPipe(fd: number): boolean {
  try {
    const stat = fstatSync(fd);
    return stat.isFIFO() || stat.isSocket();
  } catch {
    return false;
  }
}
