/**
 * The one interface to the operating system. One file per system implements it, `current.ts` chooses.
 * koffi and `process.platform` appear in this folder and nowhere else.
 */
export interface Platform {
  readonly name: string;
  /** Whether the kernel ends a child when the thread that started it dies; elsewhere the child watches its parent's doorbell. */
  readonly endsOrphans: boolean;

  /** A fresh anonymous shared file of `bytes` bytes (sparse), closed on exec. Returns its descriptor. */
  createSharedFile(bytes: number): number;
  /** Takes memory for a range now, so that a later write cannot fail. Throws SharedMemoryError when there is none. */
  reserve(fd: number, offset: number, length: number): void;
  /** Gives the pages that lie wholly inside a range back; they read as zeros afterwards. */
  unreserve(fd: number, offset: number, length: number): void;
  /** Maps the first `length` bytes of a shared file, readable and writable. Returns the address, or null when there is no room. */
  map(fd: number, length: number): bigint | null;
  /** An ArrayBuffer over mapped memory; `length` at most 2 GiB (more aborts Node 20). */
  view(address: bigint, length: number): ArrayBuffer;
  /** Gives a mapping's addresses back. Nobody may touch a view of it any more: that is SIGSEGV. */
  unmap(address: bigint, length: number): void;
  /** Shared memory that any program finds by name; loaded at the first use. */
  readonly named: NamedMemory;
  /** Passing open descriptors to other processes; loaded at the first use. */
  readonly passing: DescriptorPassing;

  /** Makes a FIFO (mode 0600) and opens it as its owner: readable and writable, so that end-of-file is never seen. */
  createFifo(path: string): number;
  /** Opens a FIFO for ringing. `null` = nobody owns it: its owner is dead, or it was never there. -1 = nobody knows: no descriptors are left. */
  openFifoForRinging(path: string): number | null;
  /** Writes one byte. 'dead' = the last reader is gone, told by the kernel. 'full' = already rung. */
  ring(fd: number): 'rung' | 'full' | 'dead';
  /** Sleeps until one of `fds` can be read or `timeout` ms have passed (-1 = for ever). False = time ran out or a signal came. */
  waitReadable(fds: readonly number[], timeout: number): boolean;
  /** Sleeps until a descriptor takes bytes, its reader is gone or `timeout` ms have passed (missing = for ever); a signal ends it early. */
  waitWritable(fd: number, timeout?: number): void;
  /** Reads from a descriptor that does not block. Bytes read, 0 = the end; undefined = nothing is there now. Throws an Error with the system's `code`. */
  read(fd: number, into: Uint8Array): number | undefined;
  /** Writes the first `length` bytes to a descriptor that does not block. Bytes written; undefined = it takes none now. Throws an Error with the system's `code`. */
  write(fd: number, bytes: Uint8Array, length: number): number | undefined;
  /** Reads and drops what stands in a FIFO. */
  drain(fd: number): void;
  close(fd: number): void;
  /** How many descriptors this process may have open at a time. */
  mostDescriptors(): number;

  /** Opens a directory and takes a shared lock on it. Returns the descriptor, null when somebody holds it exclusively. */
  lockDirectoryShared(path: string): number | null;
  /** Whether an exclusive lock could be had on an already locked or a fresh descriptor: nobody else holds it. */
  lockDirectoryExclusive(fd: number): boolean;
  openDirectory(path: string): number | null;

  /** From now on this process gets SIGKILL when the thread that started it ends (where `endsOrphans`). */
  dieWithParent(): void;
  /** The opposite, as it was before. */
  outliveParent(): void;
  /** Ends this process now: no handler of anybody's runs, nothing is written that was not yet. */
  exitAtOnce(code: number): never;
  /** SIGALRM ends this process after so many seconds, unless it has ended before. */
  endLater(seconds: number): void;
  /** The exit status of a child that ended, without taking it from libuv; undefined = still running, null = libuv has taken it and not told yet. */
  peekExit(pid: number): { code: number | null; signal: number | null } | null | undefined;
  /** A descriptor that turns readable when the process ends, or null where there is none. */
  openProcess(pid: number): number | null;
  /** Whether the program's handler of a signal (its number) works once only: after it the next has the system's default action, and `wasHandled` is true. */
  handleOnce(signal: number, once: boolean): void;
  wasHandled(signal: number): boolean;
  /** From now on a SIGINT calls no handler of the program, once: it ends a sleep early, and `wasHandled` tells. Returns whether one came before. */
  catchInterrupt(): boolean;
  /** Back to the handler before. Returns whether a SIGINT came since. */
  restoreInterrupt(): boolean;
  /** Bytes of memory that this process may still take, from the cgroup and the machine. */
  availableMemory(): number;
  /** Takes so many bytes of the C library and frees them, without ever touching them. */
  allocateOnce(bytes: number): void;
  /** Gives memory that was freed back to the system, where the C library does not by itself. */
  giveFreedBack(): void;
  /** Whether TCP_NODELAY, set on a connection, sends at once what was held back there. */
  readonly pushesHeldBack: boolean;
  /** So many random bytes for secrets, 256 at the most; null where the kernel has none to give. */
  randomBytes(count: number): Buffer | null;
}

/** POSIX shared memory. Names are without the leading slash of the system's own form. */
export interface NamedMemory {
  /** How long a name may be, in bytes of UTF-8. */
  readonly maxNameBytes: number;
  /** A new, empty block that only this user may open. Its descriptor, closed on exec; null when the name is taken. Throws SharedMemoryError. */
  create(name: string): number | null;
  /** An existing block, for reading and writing; null when there is none. Throws SharedMemoryError. */
  open(name: string): number | null;
  /** Gives a block another name; false when that is taken. Undefined where the system has no such call. Throws SharedMemoryError. */
  readonly rename: ((from: string, to: string) => boolean) | undefined;
  /** Takes the name away; the memory goes with its last mapping. False when there was none. Throws SharedMemoryError. */
  unlink(name: string): boolean;
  /** Sets the size of an empty block. Its memory is not taken before it is touched, or `reserve`d. Throws SharedMemoryError. */
  resize(fd: number, bytes: number): void;
  describe(fd: number): NamedMemoryState;
  /** Bytes that named memory may still take. */
  available(): number;
}

export interface NamedMemoryState {
  /** Bytes. */
  readonly size: number;
  /** Whether memory has been taken for all of it: a write to the rest could be SIGBUS. */
  readonly isReserved: boolean;
  /** Of no other block since the machine started; the empty text where the system cannot tell. */
  readonly identity: string;
}

/**
 * Open descriptors from process to process (SCM_RIGHTS), over Unix sockets named by a path. Nothing here waits; every descriptor is closed on exec.
 * A path may be as long as the file system takes it where the system has a way to name folders by descriptor, else about 100 bytes: PlatformError.
 */
export interface DescriptorPassing {
  /** Another descriptor for the same open file, pipe or socket. Throws PlatformError when none are left, or `fd` is none. */
  duplicate(fd: number): number;
  /** Makes `target`, which is open, another descriptor for what `fd` is. Throws PlatformError. */
  replace(fd: number, target: number): void;
  /** A socket at `path`, to which others connect. Throws PlatformError. */
  listen(path: string): number;
  /** The next connection that came; null = there is none, -1 = there may be one, and no descriptors are left. */
  accept(fd: number): number | null;
  /** A connection to the socket at `path`. null = nobody listens there any more; -1 = not now: too many wait to be accepted. Throws PlatformError when none are left. */
  connect(path: string): number | null;
  /** Sends a short message in one piece, and a descriptor with it. 'full' = not now; 'gone' = the other end is closed. */
  send(fd: number, bytes: Uint8Array, passed?: number): 'sent' | 'full' | 'gone';
  /** The next message into `into`. Undefined = nothing came yet, null = the other end is closed. */
  receive(fd: number, into: Uint8Array): Received | null | undefined;
}

export interface Received {
  readonly length: number;
  /** The descriptor that came with it, -1 = none. The receiver owns it. */
  readonly passed: number;
  /** A descriptor came, and this process has no room for it. */
  readonly isCut: boolean;
}
