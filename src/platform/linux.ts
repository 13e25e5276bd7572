/** Linux, x64 and arm64: memfd, fallocate, PR_SET_PDEATHSIG, pidfd. */
import { readFileSync, statfsSync } from 'node:fs';
import { constants } from 'node:os';
import { SharedMemoryError } from '../base/errors.ts';
import { descriptorPassing } from './descriptor_passing.ts';
import type { DescriptorPassing, NamedMemory, Platform } from './interface.ts';
import { availableMemory } from './memory_limits.ts';
import { namedMemory } from './named_memory.ts';
import { loadLibc, posix } from './posix.ts';

const MFD_CLOEXEC = 1;
const FALLOC_FL_KEEP_SIZE = 1;
const FALLOC_FL_PUNCH_HOLE = 2;
const PR_SET_PDEATHSIG = 1;
const SYS_pidfd_open = 434;
const SYS_renameat2 = process.arch === 'arm64' ? 276 : 316;
const AT_FDCWD = -100;
const RENAME_NOREPLACE = 1;
const EINTR = 4;

/** Where every libc for Linux keeps named memory. */
const NAMED_FOLDER = '/dev/shm';

export function linux(): Platform {
  const { koffi, libc } = loadLibc();
  const memfdCreate = libc.func('int memfd_create(const char *, uint)');
  const ftruncate = libc.func('int ftruncate(int, int64_t)');
  const fallocate = libc.func('int fallocate(int, int, int64_t, int64_t)');
  const prctl = libc.func('int prctl(int, ulong)');
  const pidfdOpen = libc.func('long syscall(long, int, uint)');
  const base = posix(koffi, libc, {
    O_NONBLOCK: 0x800,
    O_CLOEXEC: 0x80000,
    O_DIRECTORY: process.arch === 'arm64' || process.arch === 'arm' ? 0x4000 : 0x10000,
    WNOHANG: 1,
    WEXITED: 4,
    WNOWAIT: 0x1000000,
    EAGAIN: 11,
    siginfoPid: 16,
    siginfoStatus: 24,
    sigactionFlags: 136,
    SA_RESETHAND: 0x80000000,
  });
  const renameat2 = libc.func('long syscall(long, int, const char *, int, const char *, uint)');
  const rename = (from: string, to: string): number => {
    const [number, source, target] = [SYS_renameat2, `${NAMED_FOLDER}/${from}`, `${NAMED_FOLDER}/${to}`];
    return Number(renameat2(number, AT_FDCWD, source, AT_FDCWD, target, RENAME_NOREPLACE)) === 0 ? 0 : koffi.errno();
  };
  let named: NamedMemory | undefined;
  let passing: DescriptorPassing | undefined;
  return {
    ...base,
    name: 'linux',
    get named() {
      named ??= namedMemory(koffi, libc, {
        shmOpen: 'int shm_open(const char *, int, uint)',
        library: 'librt.so.1',
        O_CREAT: 0x40,
        O_EXCL: 0x80,
        maxNameBytes: 255,
        rename,
        bootId,
        available: namedAvailable,
      });
      return named;
    },
    get passing() {
      passing ??= descriptorPassing(koffi, libc, {
        F_DUPFD_CLOEXEC: 1030,
        O_NONBLOCK: 0x800,
        socketFlags: 0x80000 | 0x800,
        MSG_CMSG_CLOEXEC: 0x40000000,
        SOL_SOCKET: 1,
        MSG_CTRUNC: 8,
        EAGAIN: 11,
        ENOBUFS: 105,
        ETOOMANYREFS: 109,
        dup3: 'int dup3(int, int, int)',
        address: { length: 110, path: 2, hasLength: false },
        folderOf: (fd) => `/proc/self/fd/${fd}`,
        message: { bytes: 56, iovLength: 24, control: 32, controlLength: 40, flags: 48 },
        control: { type: 12, data: 16, bytes: 24 },
      });
      return passing;
    },
    endsOrphans: true,
    pushesHeldBack: true,
    createSharedFile(bytes) {
      const fd = memfdCreate('multiproc', MFD_CLOEXEC);
      if (fd < 0 || ftruncate(fd, bytes) !== 0) {
        throw new SharedMemoryError(
          `multiproc cannot create ${bytes} bytes of address space for shared memory (errno ${koffi.errno()})`,
        );
      }
      return fd;
    },
    reserve(fd, offset, length) {
      while (fallocate(fd, 0, offset, length) !== 0) {
        const errno = koffi.errno();
        if (errno !== EINTR)
          throw new SharedMemoryError(
            `the system refused ${length} bytes of shared memory (errno ${errno}): free memory, or use less`,
          );
      }
    },
    unreserve(fd, offset, length) {
      while (fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, offset, length) !== 0 && koffi.errno() === EINTR);
    },
    dieWithParent() {
      prctl(PR_SET_PDEATHSIG, constants.signals.SIGKILL);
    },
    outliveParent() {
      prctl(PR_SET_PDEATHSIG, 0);
    },
    openProcess(pid) {
      const fd = Number(pidfdOpen(SYS_pidfd_open, pid, 0));
      return fd < 0 ? null : fd;
    },
    availableMemory,
  };
}

/** Device and inode numbers begin anew when the machine starts. */
function bootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim();
  } catch {
    return '';
  }
}

/** Where Node may not look (--permission), the kernel tells when it is too much. */
function namedAvailable(): number {
  try {
    const { bavail, bsize } = statfsSync(NAMED_FOLDER);
    return bavail * bsize;
  } catch {
    return Infinity;
  }
}
