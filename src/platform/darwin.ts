/** macOS: the same POSIX calls; shared memory by shm_open + unlink, sized once; no parent-death signal. */
import { SharedMemoryError } from '../base/errors.ts';
import { descriptorPassing } from './descriptor_passing.ts';
import type { DescriptorPassing, NamedMemory, Platform } from './interface.ts';
import { availableMemory } from './memory_limits.ts';
import { namedMemory } from './named_memory.ts';
import { loadLibc, posix } from './posix.ts';

const O_RDWR_CREAT_EXCL = 0x2 | 0x200 | 0x800;

export function darwin(): Platform {
  const { koffi, libc } = loadLibc();
  const shmOpen = libc.func('int shm_open(const char *, int, ...)');
  const shmUnlink = libc.func('int shm_unlink(const char *)');
  const ftruncate = libc.func('int ftruncate(int, int64_t)');
  const base = posix(koffi, libc, {
    O_NONBLOCK: 0x4,
    O_CLOEXEC: 0x1000000,
    O_DIRECTORY: 0x100000,
    WNOHANG: 1,
    WEXITED: 4,
    WNOWAIT: 0x20,
    EAGAIN: 35,
    siginfoPid: 12,
    siginfoStatus: 20,
    sigactionFlags: 12,
    SA_RESETHAND: 4,
  });
  let named: NamedMemory | undefined;
  let passing: DescriptorPassing | undefined;
  return {
    ...base,
    name: 'darwin',
    // No folder shows the blocks, so none can be renamed, and the kernel gives them no inode numbers.
    get named() {
      named ??= namedMemory(koffi, libc, {
        shmOpen: 'int shm_open(const char *, int, ...)',
        O_CREAT: 0x200,
        O_EXCL: 0x800,
        maxNameBytes: 30,
        available: availableMemory,
      });
      return named;
    },
    // Sockets are made non-blocking and close-on-exec one call later; a child that is spawned between the two inherits one more descriptor.
    get passing() {
      passing ??= descriptorPassing(koffi, libc, {
        F_DUPFD_CLOEXEC: 67,
        O_NONBLOCK: 0x4,
        socketFlags: 0,
        MSG_CMSG_CLOEXEC: 0,
        SOL_SOCKET: 0xffff,
        MSG_CTRUNC: 0x20,
        EAGAIN: 35,
        ENOBUFS: 55,
        ETOOMANYREFS: 59,
        address: { length: 106, path: 2, hasLength: true },
        message: { bytes: 48, iovLength: 24, control: 32, controlLength: 40, flags: 44 },
        control: { type: 8, data: 12, bytes: 16 },
      });
      return passing;
    },
    endsOrphans: false,
    pushesHeldBack: false,
    createSharedFile(bytes) {
      const name = `/multiproc-${process.pid}-${Math.random().toString(36).slice(2)}`;
      const fd = shmOpen(name, O_RDWR_CREAT_EXCL, 'int', 0o600);
      if (fd >= 0) shmUnlink(name);
      if (fd < 0 || ftruncate(fd, bytes) !== 0)
        throw new SharedMemoryError(`multiproc cannot create shared memory (errno ${koffi.errno()})`);
      return fd;
    },
    // The kernel has no call for either: memory is taken at the first write, within the session's own limit.
    reserve() {},
    unreserve() {},
    dieWithParent() {},
    outliveParent() {},
    openProcess: () => null,
    availableMemory,
  };
}
