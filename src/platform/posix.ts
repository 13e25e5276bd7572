/** What Linux and macOS do through the same POSIX calls; the numbers that differ come from the system's own file. */
import { getSystemErrorName } from 'node:util';
import { PlatformError, SharedMemoryError } from '../base/errors.ts';
import type { Platform } from './interface.ts';
import { type Koffi, loadKoffi } from './koffi.ts';

export interface PosixConstants {
  O_NONBLOCK: number;
  O_CLOEXEC: number;
  O_DIRECTORY: number;
  WNOHANG: number;
  WEXITED: number;
  WNOWAIT: number;
  EAGAIN: number;
  /** Byte offsets inside `siginfo_t`. */
  siginfoPid: number;
  siginfoStatus: number;
  /** Byte offset of the flags inside `struct sigaction`; the handler comes first. */
  sigactionFlags: number;
  SA_RESETHAND: number;
}

export type Library = ReturnType<Koffi['load']>;
export type PosixBase = Omit<
  Platform,
  | 'name'
  | 'endsOrphans'
  | 'pushesHeldBack'
  | 'named'
  | 'passing'
  | 'createSharedFile'
  | 'reserve'
  | 'unreserve'
  | 'dieWithParent'
  | 'outliveParent'
  | 'openProcess'
  | 'availableMemory'
>;

const O_RDONLY = 0;
const O_WRONLY = 1;
const O_RDWR = 2;
const PROT_READ_WRITE = 3;
const MAP_SHARED = 1;
const LOCK_SH = 1;
const LOCK_EX = 2;
const LOCK_NB = 4;
const POLLIN = 1;
const POLLOUT = 4;
const ENOENT = 2;
const EINTR = 4;
const ENXIO = 6;
const P_PID = 1;
const CLD_EXITED = 1;
const SIGINT = 2;
const SIG_DFL = 0n;
const MAX_VIEW = 2 ** 31;

export function loadLibc(): { koffi: Koffi; libc: Library } {
  const koffi = loadKoffi();
  return { koffi, libc: koffi.load(null) };
}

export function posix(koffi: Koffi, libc: Library, constant: PosixConstants): PosixBase {
  const { O_NONBLOCK, O_CLOEXEC, O_DIRECTORY } = constant;
  const mmap = libc.func('void *mmap(void *, size_t, int, int, int, int64_t)');
  const munmap = libc.func('int munmap(void *, size_t)');
  const mkfifo = libc.func('int mkfifo(const char *, uint)');
  const unlink = libc.func('int unlink(const char *)');
  const open = libc.func('int open(const char *, int)');
  const close = libc.func('int close(int)');
  const read = libc.func('int64_t read(int, void *, size_t)');
  const write = libc.func('int64_t write(int, const void *, size_t)');
  const poll = libc.func('int poll(void *, ulong, int)');
  const flock = libc.func('int flock(int, int)');
  const waitid = libc.func('int waitid(int, uint, void *, int)');
  let trim: ((pad: number) => unknown) | undefined;
  let exit: ((code: number) => void) | undefined;
  let getentropy: ((into: Buffer, count: number) => number) | undefined;
  let getdtablesize: (() => number) | undefined;
  const byte = Buffer.from([1]);
  const trash = Buffer.alloc(4096);
  let pollFds = new Int32Array(2 * 64);
  let pollWords = new Int16Array(pollFds.buffer);
  const siginfo = Buffer.alloc(128);
  const sigaction = libc.func('int sigaction(int, const void *, void *)');
  /** More than any system's `struct sigaction`. */
  const actionBefore = Buffer.alloc(256);
  const action = Buffer.alloc(256);

  function openOrNull(path: string, flags: number): number | null {
    for (;;) {
      const fd = open(path, flags | O_CLOEXEC);
      if (fd >= 0) return fd;
      if (koffi.errno() !== EINTR) return null;
    }
  }

  function transferred(name: string, call: () => number | bigint): number | undefined {
    for (;;) {
      const count = Number(call());
      if (count >= 0) return count;
      const errno = koffi.errno();
      if (errno === constant.EAGAIN) return undefined;
      if (errno !== EINTR) throw systemError(name, errno);
    }
  }

  return {
    map(fd, length) {
      const address = mmap(null, length, PROT_READ_WRITE, MAP_SHARED, fd, 0) as bigint;
      return address === null || address === 0xffffffffffffffffn || address === -1n ? null : address;
    },
    view(address, length) {
      if (length > MAX_VIEW) throw new RangeError(`a view of ${length} bytes is more than ${MAX_VIEW}`);
      try {
        return koffi.view(address, length);
      } catch (cause) {
        throw new PlatformError(
          'multiproc cannot see shared memory: this runtime refuses external ArrayBuffers (Electron, or Node built with the V8 sandbox). Run it under plain Node.js',
          { cause },
        );
      }
    },
    exitAtOnce(code): never {
      exit ??= libc.func('void _exit(int)');
      exit(code);
      throw new PlatformError('_exit() returned');
    },
    endLater(seconds) {
      libc.func('unsigned int alarm(unsigned int)')(seconds);
    },
    randomBytes(count) {
      getentropy ??= libc.func('int getentropy(void *, size_t)');
      const bytes = Buffer.alloc(count);
      return getentropy(bytes, count) === 0 ? bytes : null;
    },
    allocateOnce(bytes) {
      const malloc = libc.func('void *malloc(size_t)');
      const free = libc.func('void free(void *)');
      free(malloc(bytes));
    },
    giveFreedBack() {
      trim ??= optional(() => libc.func('int malloc_trim(size_t)'));
      trim(0);
    },
    unmap(address, length) {
      munmap(address, length);
    },
    createFifo(path) {
      if (mkfifo(path, 0o600) !== 0)
        throw new SharedMemoryError(
          `multiproc cannot create ${path} (errno ${koffi.errno()}): is the temporary directory writable?`,
        );
      const fd = openOrNull(path, O_RDWR | O_NONBLOCK);
      if (fd !== null) return fd;
      const errno = koffi.errno();
      unlink(path);
      throw new SharedMemoryError(`multiproc cannot open ${path} (errno ${errno}): is the limit of open files reached?`);
    },
    openFifoForRinging(path) {
      const fd = openOrNull(path, O_WRONLY | O_NONBLOCK);
      if (fd !== null) return fd;
      const errno = koffi.errno();
      return errno === ENXIO || errno === ENOENT ? null : -1;
    },
    ring(fd) {
      // EPIPE = the last reader is gone. Node ignores SIGPIPE from its start on.
      for (;;) {
        if (write(fd, byte, 1) === 1) return 'rung';
        const errno = koffi.errno();
        if (errno === constant.EAGAIN) return 'full';
        if (errno !== EINTR) return 'dead';
      }
    },
    waitReadable(fds, timeout) {
      if (pollFds.length < 2 * fds.length) {
        pollFds = new Int32Array(4 * fds.length);
        pollWords = new Int16Array(pollFds.buffer);
      }
      for (let i = 0; i < fds.length; i++) {
        pollFds[2 * i] = fds[i];
        pollWords[4 * i + 2] = POLLIN;
        pollWords[4 * i + 3] = 0;
      }
      return poll(pollFds, fds.length, timeout < 0 ? -1 : Math.min(Math.ceil(timeout), 0x7fffffff)) > 0;
    },
    waitWritable(fd, timeout = -1) {
      pollFds[0] = fd;
      pollWords[2] = POLLOUT;
      pollWords[3] = 0;
      poll(pollFds, 1, timeout < 0 ? -1 : Math.min(Math.ceil(timeout), 0x7fffffff));
    },
    read: (fd, into) => transferred('read', () => read(fd, into, into.length)),
    // EPIPE comes as an error: Node ignores SIGPIPE from its start on.
    write: (fd, bytes, length) => transferred('write', () => write(fd, bytes, length)),
    drain(fd) {
      while (read(fd, trash, trash.length) === trash.length);
    },
    close(fd) {
      close(fd);
    },
    mostDescriptors() {
      getdtablesize ??= libc.func('int getdtablesize()');
      return getdtablesize();
    },
    openDirectory: (path) => openOrNull(path, O_RDONLY | O_DIRECTORY),
    lockDirectoryShared(path) {
      const fd = openOrNull(path, O_RDONLY | O_DIRECTORY);
      if (fd === null) return null;
      if (flock(fd, LOCK_SH | LOCK_NB) === 0) return fd;
      close(fd);
      return null;
    },
    lockDirectoryExclusive: (fd) => flock(fd, LOCK_EX | LOCK_NB) === 0,
    peekExit(pid) {
      siginfo.fill(0);
      const { WEXITED, WNOHANG, WNOWAIT } = constant;
      // WNOWAIT leaves the status for libuv: nobody else may reap, or its exit event is lost.
      if (waitid(P_PID, pid, siginfo, WEXITED | WNOHANG | WNOWAIT) !== 0) return koffi.errno() === EINTR ? undefined : null;
      if (siginfo.readInt32LE(constant.siginfoPid) !== pid) return undefined;
      const status = siginfo.readInt32LE(constant.siginfoStatus);
      return siginfo.readInt32LE(8) === CLD_EXITED ? { code: status, signal: null } : { code: null, signal: status };
    },
    // No JavaScript can run in a signal handler, nor while the thread sleeps in `poll`. So the handler is `abs`, which does nothing,
    // and SA_RESETHAND leaves the trace: a handler that the kernel has put back to the default was called.
    handleOnce(signal, once) {
      sigaction(signal, null, action);
      const flags = action.readInt32LE(constant.sigactionFlags);
      const changed = once ? flags | constant.SA_RESETHAND : flags & ~constant.SA_RESETHAND;
      action.writeInt32LE(changed, constant.sigactionFlags);
      sigaction(signal, action, null);
    },
    wasHandled(signal) {
      sigaction(signal, null, action);
      return action.readBigUInt64LE(0) === SIG_DFL;
    },
    catchInterrupt() {
      action.fill(0);
      action.writeBigUInt64LE(koffi.address(libc.symbol('abs')), 0);
      action.writeInt32LE(constant.SA_RESETHAND | 0, constant.sigactionFlags);
      sigaction(SIGINT, action, actionBefore);
      return actionBefore.readBigUInt64LE(0) === SIG_DFL;
    },
    restoreInterrupt() {
      sigaction(SIGINT, actionBefore, action);
      return action.readBigUInt64LE(0) === SIG_DFL;
    },
  };
}

/** A function that not every C library has; one that does nothing instead. */
function optional<F extends () => unknown>(find: () => F): F | (() => void) {
  try {
    return find();
  } catch {
    return () => {};
  }
}

/** As Node's own: `code` is the system's name of the error. */
function systemError(call: string, errno: number): Error {
  const code = getSystemErrorName(-errno);
  return Object.assign(new Error(`${call} ${code}`), { code, errno: -errno, syscall: call });
}
