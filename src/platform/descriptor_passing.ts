/** Descriptors over Unix sockets by POSIX calls. What differs between systems is the layout of the structures and a few numbers. */
import { basename, dirname } from 'node:path';
import { getSystemErrorName } from 'node:util';
import { PlatformError } from '../base/errors.ts';
import type { DescriptorPassing, Received } from './interface.ts';
import type { Koffi } from './koffi.ts';
import type { Library } from './posix.ts';

export interface PassingConstants {
  readonly F_DUPFD_CLOEXEC: number;
  readonly O_NONBLOCK: number;
  /** Added to a socket's type: non-blocking and close-on-exec from its birth on; 0 where the system has no such flags. */
  readonly socketFlags: number;
  /** The same for descriptors that arrive. */
  readonly MSG_CMSG_CLOEXEC: number;
  readonly SOL_SOCKET: number;
  readonly MSG_CTRUNC: number;
  readonly EAGAIN: number;
  readonly ENOBUFS: number;
  /** More descriptors are on their way than the kernel allows. */
  readonly ETOOMANYREFS: number;
  /** Where there is one: C prototype. */
  readonly dup3?: string;
  /** `struct sockaddr_un`: its size, where the path begins, and whether its first byte is its length. */
  readonly address: { readonly length: number; readonly path: number; readonly hasLength: boolean };
  /** A short path of an open folder. */
  readonly folderOf?: (fd: number) => string;
  /** `struct msghdr`: its size, and the offsets of what does not begin where all systems have it. */
  readonly message: {
    readonly bytes: number;
    readonly iovLength: number;
    readonly control: number;
    readonly controlLength: number;
    readonly flags: number;
  };
  /** `struct cmsghdr` with one descriptor: offsets of its type and data, and its size with padding. The level stands before the type. */
  readonly control: { readonly type: number; readonly data: number; readonly bytes: number };
}

const AF_UNIX = 1;
const SOCK_STREAM = 1;
const SCM_RIGHTS = 1;
const F_SETFD = 2;
const F_SETFL = 4;
const FD_CLOEXEC = 1;
const O_CLOEXEC_LINUX = 0x80000;
const BACKLOG = 511;
const EINTR = 4;
const ENOENT = 2;
const ENFILE = 23;
const EMFILE = 24;
const ECONNREFUSED = [111, 61];
/** The longest message. */
const MAX_BYTES = 256;
/** Of `struct msghdr`, on all systems. */
const MESSAGE_IOV = 16;

export function descriptorPassing(koffi: Koffi, libc: Library, constant: PassingConstants): DescriptorPassing {
  const fcntl = libc.func('int fcntl(int, int, ...)');
  const dup = constant.dup3 === undefined ? libc.func('int dup2(int, int)') : libc.func(constant.dup3);
  const socket = libc.func('int socket(int, int, int)');
  const bind = libc.func('int bind(int, const void *, uint)');
  const listen = libc.func('int listen(int, int)');
  const acceptNext = libc.func('int accept(int, void *, void *)');
  const connect = libc.func('int connect(int, const void *, uint)');
  const sendmsg = libc.func('int64_t sendmsg(int, const void *, int)');
  const recvmsg = libc.func('int64_t recvmsg(int, void *, int)');
  const close = libc.func('int close(int)');
  const openFolder = libc.func('int open(const char *, int)');
  const { message, control } = constant;

  // The structures point at each other, so they lie where nothing moves them: memory of C, kept for good.
  const [header, vector, content, rights] = [message.bytes, 16, MAX_BYTES, control.bytes].map((size) => {
    const address = koffi.alloc('uint8', size);
    return { address: koffi.address(address), bytes: Buffer.from(koffi.view(address, size)) };
  });

  function lay(length: number, hasRights: boolean): Buffer {
    vector.bytes.writeBigUInt64LE(content.address, 0);
    vector.bytes.writeBigUInt64LE(BigInt(length), 8);
    header.bytes.fill(0);
    header.bytes.writeBigUInt64LE(vector.address, MESSAGE_IOV);
    header.bytes.writeUInt32LE(1, message.iovLength);
    if (hasRights) {
      header.bytes.writeBigUInt64LE(rights.address, message.control);
      header.bytes.writeUInt32LE(control.bytes, message.controlLength);
    }
    return header.bytes;
  }

  /** The first field is the length: a word of 8 bytes where the level comes at 8, else of 4. */
  function layRights(fd: number): void {
    rights.bytes.fill(0);
    rights.bytes.writeUInt32LE(control.data + 4, 0);
    rights.bytes.writeInt32LE(constant.SOL_SOCKET, control.type - 4);
    rights.bytes.writeInt32LE(SCM_RIGHTS, control.type);
    rights.bytes.writeInt32LE(fd, control.data);
  }

  function receivedRights(): number {
    const { bytes } = rights;
    const isOne =
      header.bytes.readUInt32LE(message.controlLength) >= control.data + 4 &&
      bytes.readUInt32LE(0) >= control.data + 4 &&
      bytes.readInt32LE(control.type - 4) === constant.SOL_SOCKET &&
      bytes.readInt32LE(control.type) === SCM_RIGHTS;
    if (!isOne) return -1;
    const fd = bytes.readInt32LE(control.data);
    if (constant.MSG_CMSG_CLOEXEC === 0) fcntl(fd, F_SETFD, 'int', FD_CLOEXEC);
    return fd;
  }

  /** As the system wants a socket or an accepted connection to be. */
  function tame(fd: number): number {
    fcntl(fd, F_SETFD, 'int', FD_CLOEXEC);
    fcntl(fd, F_SETFL, 'int', constant.O_NONBLOCK);
    return fd;
  }

  function makeSocket(): number {
    const fd = socket(AF_UNIX, SOCK_STREAM | constant.socketFlags, 0);
    if (fd < 0) throw refused('a socket', koffi.errno());
    return constant.socketFlags === 0 ? tame(fd) : fd;
  }

  /** Runs `use` with the address of a path. One that is too long is named by its folder's descriptor, where there is a way. */
  function withAddress<T>(path: string, use: (address: Buffer) => T): T {
    const { length, path: start, hasLength } = constant.address;
    const address = Buffer.alloc(length);
    if (hasLength) address.writeUInt8(length, 0);
    if (hasLength) address.writeUInt8(AF_UNIX, 1);
    else address.writeUInt16LE(AF_UNIX, 0);
    // An abstract name ends where the address does.
    if (path.startsWith('\0')) {
      if (constant.folderOf === undefined)
        throw new PlatformError('abstract socket names (that begin with \\0) are Linux only: give a path');
      const size = start + Buffer.byteLength(path);
      if (size > length)
        throw new PlatformError(`an abstract socket name has ${length - start} bytes at the most, not ${size - start}`);
      address.write(path, start);
      return use(address.subarray(0, size));
    }
    // One byte stays 0: the end of the path.
    if (start + Buffer.byteLength(path) < length) {
      address.write(path, start);
      return use(address);
    }
    const folder = constant.folderOf ? openFolder(dirname(path), O_CLOEXEC_LINUX) : -1;
    if (folder < 0) {
      throw new PlatformError(
        `${path} is too long for a socket (${length - start - 1} bytes at the most), so no descriptor can be sent: set TMPDIR to a folder with a shorter path`,
      );
    }
    try {
      address.write(`${constant.folderOf!(folder)}/${basename(path)}`, start);
      return use(address);
    } finally {
      close(folder);
    }
  }

  function result(call: () => number): { value: number; errno: number } {
    for (;;) {
      const value = Number(call());
      if (value >= 0) return { value, errno: 0 };
      const errno = koffi.errno();
      if (errno !== EINTR) return { value, errno };
    }
  }

  return {
    duplicate(fd) {
      const { value, errno } = result(() => fcntl(fd, constant.F_DUPFD_CLOEXEC, 'int', 3));
      if (value < 0) throw refused(`a duplicate of descriptor ${fd}`, errno);
      return value;
    },
    replace(fd, target) {
      const { value, errno } = result(() => (constant.dup3 === undefined ? dup(fd, target) : dup(fd, target, O_CLOEXEC_LINUX)));
      if (value < 0) throw refused(`descriptor ${target} to be another for ${fd}`, errno);
      if (constant.dup3 === undefined) fcntl(target, F_SETFD, 'int', FD_CLOEXEC);
    },
    listen(path) {
      const fd = makeSocket();
      const failed = withAddress(path, (address) => (bind(fd, address, address.length) !== 0 ? koffi.errno() : 0));
      if (failed === 0 && listen(fd, BACKLOG) === 0) return fd;
      const errno = failed === 0 ? koffi.errno() : failed;
      close(fd);
      throw refused(`a socket at ${path}`, errno);
    },
    accept(fd) {
      const { value, errno } = result(() => acceptNext(fd, null, null));
      if (value >= 0) return tame(value);
      return errno === EMFILE || errno === ENFILE ? -1 : null;
    },
    connect(path) {
      const fd = makeSocket();
      const { value, errno } = result(() => withAddress(path, (address) => connect(fd, address, address.length)));
      if (value === 0) return fd;
      close(fd);
      if (errno === constant.EAGAIN) return -1;
      if (errno === ENOENT || ECONNREFUSED.includes(errno)) return null;
      throw refused(`a connection to ${path}`, errno);
    },
    send(fd, bytes, passed) {
      content.bytes.set(bytes);
      if (passed !== undefined) layRights(passed);
      const { value, errno } = result(() => sendmsg(fd, lay(bytes.length, passed !== undefined), 0));
      if (value >= 0) return 'sent';
      return errno === constant.EAGAIN || errno === constant.ENOBUFS || errno === constant.ETOOMANYREFS ? 'full' : 'gone';
    },
    receive(fd, into) {
      const { value, errno } = result(() => recvmsg(fd, lay(Math.min(into.length, MAX_BYTES), true), constant.MSG_CMSG_CLOEXEC));
      if (value < 0) return errno === constant.EAGAIN ? undefined : null;
      if (value === 0) return null;
      into.set(content.bytes.subarray(0, value));
      const isCut = (header.bytes.readInt32LE(message.flags) & constant.MSG_CTRUNC) !== 0;
      const received: Received = { length: value, passed: receivedRights(), isCut };
      return received;
    },
  };
}

function refused(what: string, errno: number): PlatformError {
  const code = getSystemErrorName(-errno);
  return new PlatformError(`the system refused ${what} (${code}): is it open, or is the limit of open files reached?`, {
    cause: Object.assign(new Error(code), { code }),
  });
}
