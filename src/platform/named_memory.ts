/** Named shared memory through POSIX calls: `shm_open` and its kin. */
import { fstatSync } from 'node:fs';
import { getSystemErrorName } from 'node:util';
import { SharedMemoryError } from '../base/errors.ts';
import type { NamedMemory } from './interface.ts';
import type { Koffi } from './koffi.ts';
import type { Library } from './posix.ts';

export interface NamedMemoryConstants {
  /** C prototype: the mode is a variable argument on some systems, and those pass it differently. */
  readonly shmOpen: string;
  /** Where `shm_open` is if the C library itself does not have it (glibc before 2.34). */
  readonly library?: string;
  readonly O_CREAT: number;
  readonly O_EXCL: number;
  readonly maxNameBytes: number;
  /** 0, or an error number: EEXIST when the other name is taken. */
  readonly rename?: (from: string, to: string) => number;
  /** Where blocks have identities: distinguishes those of one start of the machine from those of the next. */
  readonly bootId?: () => string;
  readonly available: () => number;
}

const O_RDWR = 2;
const MODE = 0o600;
const ENOENT = 2;
const EINTR = 4;
const EACCES = 13;
const EEXIST = 17;
/** Of `stat`, whatever the file system's own. */
const BLOCK_BYTES = 512;

export function namedMemory(koffi: Koffi, libc: Library, constant: NamedMemoryConstants): NamedMemory {
  const { maxNameBytes, rename, bootId, available } = constant;
  const find = (prototype: string) => {
    try {
      return libc.func(prototype);
    } catch (error) {
      if (constant.library === undefined) throw error;
      return koffi.load(constant.library).func(prototype);
    }
  };
  const shmOpen = find(constant.shmOpen);
  const shmUnlink = find('int shm_unlink(const char *)');
  const ftruncate = libc.func('int ftruncate(int, int64_t)');
  const open: (path: string, flags: number) => number = constant.shmOpen.includes('...')
    ? (path, flags) => shmOpen(path, flags, 'int', MODE)
    : (path, flags) => shmOpen(path, flags, MODE);
  const boot = bootId?.();

  function refused(what: string, name: string, errno: number): SharedMemoryError {
    const fix = errno === EACCES ? ': it belongs to another user, or has other permissions' : '';
    return new SharedMemoryError(`the system refused to ${what} shared memory '${name}' (${getSystemErrorName(-errno)})${fix}`);
  }

  return {
    maxNameBytes,
    available,
    create(name) {
      const fd = open(`/${name}`, constant.O_CREAT | constant.O_EXCL | O_RDWR);
      if (fd >= 0) return fd;
      const errno = koffi.errno();
      if (errno === EEXIST) return null;
      throw refused('create', name, errno);
    },
    open(name) {
      const fd = open(`/${name}`, O_RDWR);
      if (fd >= 0) return fd;
      const errno = koffi.errno();
      if (errno === ENOENT) return null;
      throw refused('open', name, errno);
    },
    rename:
      rename &&
      ((from, to) => {
        const errno = rename(from, to);
        if (errno !== 0 && errno !== EEXIST) throw refused('name', to, errno);
        return errno === 0;
      }),
    unlink(name) {
      if (shmUnlink(`/${name}`) === 0) return true;
      const errno = koffi.errno();
      if (errno === ENOENT) return false;
      throw refused('unlink', name, errno);
    },
    resize(fd, bytes) {
      while (ftruncate(fd, bytes) !== 0) {
        const errno = koffi.errno();
        if (errno !== EINTR)
          throw new SharedMemoryError(`the system refused ${bytes} bytes of shared memory (${getSystemErrorName(-errno)})`);
      }
    },
    describe(fd) {
      const { dev, ino, size, blocks } = fstatSync(fd, { bigint: true });
      if (boot === undefined) return { size: Number(size), isReserved: true, identity: '' };
      return {
        size: Number(size),
        isReserved: blocks * BigInt(BLOCK_BYTES) >= size,
        identity: `${boot}:${dev}:${ino}`,
      };
    },
  };
}
