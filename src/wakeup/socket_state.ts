/** A `net.Socket` as something to wait for: by its stream in the event loop, by its descriptor in a blocking wait. */
import { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import { argumentTypeError } from '../base/errors.ts';
import { platform } from '../platform/current.ts';
import type { WaitState } from './waitable.ts';

/** No 'error': a listener of ours would hide an error that nobody else hears. 'close' follows it. */
const TELLING = ['readable', 'end', 'close'] as const;

export function isSocket(object: unknown): object is Socket {
  return object instanceof process.getBuiltinModule('node:net').Socket;
}

export function socketState(socket: Socket): WaitState {
  return { sets: [], isReady: () => hasSomething(socket), watch: (look) => watch(socket, look) };
}

/** The event loop reads nothing meanwhile, so what counts is what the kernel has. */
export function blockingSocketState(socket: Socket, index: number): WaitState {
  const fd = descriptorOf(socket);
  if (fd === undefined && !hasSomething(socket)) {
    throw argumentTypeError(
      `objects[${index}] is a socket without a descriptor, so that nothing can come in while the thread blocks: connect it before, or use wait()`,
    );
  }
  const isReadable = (): boolean => fd !== undefined && descriptorOf(socket) === fd && platform().waitReadable([fd], 0);
  return {
    sets: [],
    isReady: () => hasSomething(socket) || isReadable(),
    descriptor: () => (fd === undefined ? null : { fd }),
  };
}

/** Data in its buffer, or an end: it was read to the end, destroyed, or has failed. */
function hasSomething(socket: Socket): boolean {
  return socket.readableLength > 0 || !socket.readable;
}

/**
 * `socket.on('readable')` would stop a flowing stream, and taking it back set a paused one going: the listeners of the plain EventEmitter do neither.
 * A read of nothing makes the stream fill its buffer, and tell.
 */
function watch(socket: Socket, look: () => void): () => void {
  const { on, off } = EventEmitter.prototype;
  for (const event of TELLING) on.call(socket, event, look);
  if (socket.readableFlowing !== true && !socket.connecting) socket.read(0);
  return () => {
    for (const event of TELLING) off.call(socket, event, look);
  };
}

/** Node has no public name for it. */
function descriptorOf(socket: Socket): number | undefined {
  const fd = (socket as Socket & { _handle?: { fd?: number } | null })._handle?.fd;
  return fd !== undefined && fd >= 0 ? fd : undefined;
}
