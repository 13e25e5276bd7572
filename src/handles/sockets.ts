/**
 * Connected sockets, TCP and Unix. What the sender's stream has read already would not come along: so that is refused, and sending stops the
 * sender's reading.
 */
import type { Socket } from 'node:net';
import { type Built, descriptorBelow, type Form, type NodeHandle, refuse } from './forms.ts';

interface Options {
  readonly allowHalfOpen: boolean;
  readonly readable: boolean;
  readonly writable: boolean;
}

type OpenSocket = Socket & { _handle: NodeHandle | null; encrypted?: boolean };

export const sockets: Form<Socket> = {
  is: (object) => object instanceof process.getBuiltinModule('node:net').Socket,
  fdOf(socket) {
    if ((socket as OpenSocket).encrypted)
      refuse('a TLS socket has keys in its process; send the net.Socket before it is wrapped, and do TLS there');
    if (socket.destroyed) refuse('this socket is closed');
    if (socket.connecting || socket.pending) refuse('this socket is not connected yet: send it after its connect event');
    if (socket.readableLength > 0) {
      refuse(
        `this process has read ${socket.readableLength} bytes from the socket already, which would not come along: ` +
          'read them before, or accept it with { pauseOnConnect: true }',
      );
    }
    if (socket.writableLength > 0)
      refuse(`${socket.writableLength} bytes of this socket are not written yet: wait for drain, or the callback of write()`);
    const handle = (socket as OpenSocket)._handle;
    const fd = descriptorBelow(handle, 'this socket');
    // What came between now and its close here would be read here, and be lost. A `read()` or `resume()` of the sender starts it again.
    socket.pause();
    handle!.readStop?.();
    handle!.reading = false;
    return fd;
  },
  optionsOf: (socket): Options => ({
    allowHalfOpen: socket.allowHalfOpen,
    readable: socket.readable && !socket.readableEnded,
    writable: socket.writable,
  }),
  build(fd, options: Options): Built<Socket> {
    const { Socket } = process.getBuiltinModule('node:net');
    // It reads when somebody wants to read it: an error before anybody listens would end the program.
    const socket = new Socket({ fd, ...options, manualStart: true } as object);
    return { value: socket, dismiss: () => socket.destroy() };
  },
};
