/** `Descriptor`: an open descriptor of any kind, as an object that can be sent. */
import type { FileHandle } from 'node:fs/promises';
import type { Server, Socket } from 'node:net';
import { argumentRangeError, argumentTypeError, ProcessError } from '../base/errors.ts';
import { unwatch, type Watch, whenCollected } from '../memory/collected.ts';
import { platform } from '../platform/current.ts';
import { fileHandles } from './file_handles.ts';
import { servers } from './servers.ts';
import { sockets } from './sockets.ts';

/** From `ofReceived`: the constructor takes this descriptor instead of a duplicate. */
let received: number | undefined;

/**
 * An open descriptor (file, socket, pipe, device) that can be sent to other processes, any number of times.
 *
 * It is a duplicate of its own of what it was made from, which stays its owner's and may be closed at once: `new Descriptor(server)` keeps a listening
 * socket open and accepts nothing. Closed by `close()`, or when nobody refers to it any more. Node takes it over by `detach()`:
 * `createServer().listen({ fd: descriptor.detach() })`.
 */
export class Descriptor implements Disposable {
  #fd: number;
  readonly #watch: Watch;

  /** Throws TypeError and RangeError for what is no descriptor, PlatformError when it is not open, SerializationError for a server that does not listen and the like. */
  constructor(source: number | Server | Socket | FileHandle | Descriptor) {
    const fd = received ?? platform().passing.duplicate(numberOf(source));
    received = undefined;
    this.#fd = fd;
    this.#watch = whenCollected(this, () => platform().close(fd));
  }

  /** @internal One that came in a message, and owns `fd`. */
  static ofReceived(fd: number): Descriptor {
    received = fd;
    return new Descriptor(fd);
  }

  /** Its number in this process. Throws ProcessError when it was closed or detached. */
  get fd(): number {
    if (this.#fd < 0) throw new ProcessError('this Descriptor was closed or detached: it has no descriptor any more');
    return this.#fd;
  }

  /** Gives the number away: whoever gets it closes it. */
  detach(): number {
    const { fd } = this;
    this.#fd = -1;
    unwatch(this.#watch);
    return fd;
  }

  close(): void {
    if (this.#fd >= 0) platform().close(this.detach());
  }

  [Symbol.dispose](): void {
    this.close();
  }

  toString(): string {
    return `<Descriptor ${this.#fd < 0 ? 'closed' : this.#fd}>`;
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.toString();
  }
}

function numberOf(source: number | object): number {
  if (typeof source === 'number') {
    if (!Number.isInteger(source) || source < 0 || source > 0x7fffffff)
      throw argumentRangeError(`a descriptor is a whole number, 0 or more, not ${source}`);
    return source;
  }
  if (source instanceof Descriptor) return source.fd;
  if (typeof source === 'object' && source !== null)
    for (const form of [servers, sockets, fileHandles]) if (form.is(source)) return form.fdOf(source as never);
  throw argumentTypeError(
    'new Descriptor(): give a number, a listening net.Server, a connected net.Socket, a FileHandle or another Descriptor',
  );
}
