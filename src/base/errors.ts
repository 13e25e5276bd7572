/**
 * Every error class of the library. Each has a stable `code` (`ERR_MULTIPROC_*`), a `cause` where there is one,
 * and a message that says who, what and the fix. Bad arguments are the built-in TypeError and RangeError with such a code.
 */

export interface ErrorDetails {
  cause?: unknown;
}

/** Base of all errors of this library, named as in Python. */
export class ProcessError extends Error {
  readonly code: string = 'ERR_MULTIPROC';
  static {
    name(ProcessError, 'ProcessError');
  }
}

/** A message did not fit the buffer; it is whole in `data`. */
export class BufferTooShort extends ProcessError {
  override readonly code: string = 'ERR_MULTIPROC_BUFFER_TOO_SHORT';
  readonly data: Buffer;
  constructor(message: string, data: Buffer) {
    super(message);
    this.data = data;
  }
  static {
    name(BufferTooShort, 'BufferTooShort');
  }
}

export class AuthenticationError extends ProcessError {
  override readonly code: string = 'ERR_MULTIPROC_AUTHENTICATION';
  static {
    name(AuthenticationError, 'AuthenticationError');
  }
}

/** The time that the caller gave ran out. */
export class TimeoutError extends ProcessError {
  override readonly code: string = 'ERR_MULTIPROC_TIMEOUT';
  static {
    name(TimeoutError, 'TimeoutError');
  }
}

/** Nothing is left to read, and nobody is left who could write. */
export class EOFError extends ProcessError {
  override readonly code: string = 'ERR_MULTIPROC_EOF';
  static {
    name(EOFError, 'EOFError');
  }
}

/** Nobody is left who could read. */
export class BrokenPipeError extends ProcessError {
  override readonly code: string = 'ERR_MULTIPROC_BROKEN_PIPE';
  static {
    name(BrokenPipeError, 'BrokenPipeError');
  }
}

export class QueueEmpty extends ProcessError {
  override readonly code: string = 'ERR_MULTIPROC_QUEUE_EMPTY';
  static {
    name(QueueEmpty, 'QueueEmpty');
  }
}

export class QueueFull extends ProcessError {
  override readonly code: string = 'ERR_MULTIPROC_QUEUE_FULL';
  static {
    name(QueueFull, 'QueueFull');
  }
}

/** The object was closed by this program. */
export class QueueShutDown extends ProcessError {
  override readonly code: string = 'ERR_MULTIPROC_QUEUE_SHUT_DOWN';
  static {
    name(QueueShutDown, 'QueueShutDown');
  }
}

/** A lock is released by somebody who does not hold it. (CPython: ValueError, or AssertionError for an RLock.) */
export class NotHeldError extends ProcessError {
  override readonly code: string = 'ERR_MULTIPROC_NOT_HELD';
  static {
    name(NotHeldError, 'NotHeldError');
  }
}

/** A connection was closed by this program, or does not go in this direction. (CPython: OSError.) */
export class ConnectionClosedError extends ProcessError {
  override readonly code: string = 'ERR_MULTIPROC_CONNECTION_CLOSED';
  static {
    name(ConnectionClosedError, 'ConnectionClosedError');
  }
}

/** An address cannot be listened at or connected to; the message says why. (CPython: OSError.) */
export class AddressError extends ProcessError {
  override readonly code: string = 'ERR_MULTIPROC_ADDRESS';
  static {
    name(AddressError, 'AddressError');
  }
}

/** Somebody listens at this address already. (CPython: OSError, EADDRINUSE.) */
export class AddressInUseError extends AddressError {
  override readonly code: string = 'ERR_MULTIPROC_ADDRESS_IN_USE';
  static {
    name(AddressInUseError, 'AddressInUseError');
  }
}

/** Nobody listens at this address. (CPython: ConnectionRefusedError, FileNotFoundError.) */
export class ConnectionRefusedError extends AddressError {
  override readonly code: string = 'ERR_MULTIPROC_CONNECTION_REFUSED';
  static {
    name(ConnectionRefusedError, 'ConnectionRefusedError');
  }
}

/** A barrier that not all can pass any more: one gave up or died, its action threw, or it was aborted or reset. */
export class BrokenBarrierError extends ProcessError {
  override readonly code: string = 'ERR_MULTIPROC_BROKEN_BARRIER';
  static {
    name(BrokenBarrierError, 'BrokenBarrierError');
  }
}

/** What is iterated has changed in a way that the iteration cannot follow. (CPython: RuntimeError.) */
export class IterationError extends ProcessError {
  override readonly code: string = 'ERR_MULTIPROC_ITERATION';
  static {
    name(IterationError, 'IterationError');
  }
}

/** A start method that does not exist, or cannot be chosen any more. (CPython: ValueError, RuntimeError.) */
export class StartMethodError extends ProcessError {
  override readonly code: string = 'ERR_MULTIPROC_START_METHOD';
  static {
    name(StartMethodError, 'StartMethodError');
  }
}

/** A wait that only the waiting thread itself could end. */
export class DeadlockError extends ProcessError {
  override readonly code: string = 'ERR_MULTIPROC_DEADLOCK';
  static {
    name(DeadlockError, 'DeadlockError');
  }
}

/** What another process threw, when its own class cannot be rebuilt here. */
export class RemoteError extends ProcessError {
  override readonly code: string = 'ERR_MULTIPROC_REMOTE';
  static {
    name(RemoteError, 'RemoteError');
  }
}

/** A task's result could not be sent. */
export class MaybeEncodingError extends ProcessError {
  override readonly code: string = 'ERR_MULTIPROC_MAYBE_ENCODING';
  static {
    name(MaybeEncodingError, 'MaybeEncodingError');
  }
}

/** A referent has no such method, or its manager does not let it be called from elsewhere. */
export class AttributeError extends ProcessError {
  override readonly code: string = 'ERR_MULTIPROC_ATTRIBUTE';
  static {
    name(AttributeError, 'AttributeError');
  }
}

/** The server of a manager was shut down, has ended, or was killed: its objects are gone. */
export class ManagerGoneError extends ProcessError {
  override readonly code: string = 'ERR_MULTIPROC_MANAGER_GONE';
  static {
    name(ManagerGoneError, 'ManagerGoneError');
  }
}

/** The worker that ran a task died. */
export class WorkerLostError extends ProcessError {
  override readonly code: string = 'ERR_MULTIPROC_WORKER_LOST';
  readonly pid: number | null;
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  /** The last that it wrote to its standard error, 4 KiB at most. */
  readonly stderr: string;
  constructor(
    message: string,
    death: { pid: number | null; exitCode: number | null; signal: NodeJS.Signals | null; stderr?: string },
  ) {
    super(message);
    this.pid = death.pid;
    this.exitCode = death.exitCode;
    this.signal = death.signal;
    this.stderr = death.stderr ?? '';
  }
  static {
    name(WorkerLostError, 'WorkerLostError');
  }
}

/** `taskContext()` where no task of a pool runs. */
export class TaskContextError extends ProcessError {
  override readonly code: string = 'ERR_MULTIPROC_TASK_CONTEXT';
  static {
    name(TaskContextError, 'TaskContextError');
  }
}

/** The pool was terminated before this task had an outcome. */
export class PoolTerminatedError extends ProcessError {
  override readonly code: string = 'ERR_MULTIPROC_POOL_TERMINATED';
  static {
    name(PoolTerminatedError, 'PoolTerminatedError');
  }
}

/** A task was cancelled, and no reason was given. */
export class CancelledError extends ProcessError {
  override readonly code: string = 'ERR_MULTIPROC_CANCELLED';
  static {
    name(CancelledError, 'CancelledError');
  }
}

/** A value cannot be sent. `path` is where it stands inside what was sent: `args[0].callback`. */
export class SerializationError extends ProcessError {
  override readonly code: string = 'ERR_MULTIPROC_SERIALIZATION';
  readonly path: string;
  constructor(message: string, path = '', details?: ErrorDetails) {
    super(message, details);
    this.path = path;
  }
  static {
    name(SerializationError, 'SerializationError');
  }
}

/** A socket, server or file that was sent is gone: the process that sent it has ended before it was received, or it was none. */
export class HandleLostError extends ProcessError {
  override readonly code: string = 'ERR_MULTIPROC_HANDLE_LOST';
  static {
    name(HandleLostError, 'HandleLostError');
  }
}

/** A function cannot travel by reference: it is not exported, or has no place in a file. */
export class FunctionReferenceError extends ProcessError {
  override readonly code: string = 'ERR_MULTIPROC_FUNCTION_REFERENCE';
  static {
    name(FunctionReferenceError, 'FunctionReferenceError');
  }
}

/** A child could not be started, most often because the main module lacks its guard. */
export class BootstrapError extends ProcessError {
  override readonly code: string = 'ERR_MULTIPROC_BOOTSTRAP';
  /** Where workers of a pool could not start: the last that one of them wrote to its standard error, 4 KiB at most. */
  readonly stderr: string;
  constructor(message: string, details?: ErrorDetails & { stderr?: string }) {
    super(message, details);
    this.stderr = details?.stderr ?? '';
  }
  static {
    name(BootstrapError, 'BootstrapError');
  }
}

/** Shared memory is missing, exhausted, damaged or not available on this platform. */
export class SharedMemoryError extends ProcessError {
  override readonly code: string = 'ERR_MULTIPROC_SHARED_MEMORY';
  static {
    name(SharedMemoryError, 'SharedMemoryError');
  }
}

/** A new block of shared memory cannot have this name: another block has it. (CPython: FileExistsError.) */
export class SharedMemoryExistsError extends SharedMemoryError {
  override readonly code: string = 'ERR_MULTIPROC_SHARED_MEMORY_EXISTS';
  static {
    name(SharedMemoryExistsError, 'SharedMemoryExistsError');
  }
}

/** No block of shared memory has this name, or no longer the block that was meant. (CPython: FileNotFoundError.) */
export class SharedMemoryNotFoundError extends SharedMemoryError {
  override readonly code: string = 'ERR_MULTIPROC_SHARED_MEMORY_NOT_FOUND';
  static {
    name(SharedMemoryNotFoundError, 'SharedMemoryNotFoundError');
  }
}

/** A block of shared memory was closed by this program. */
export class SharedMemoryClosedError extends SharedMemoryError {
  override readonly code: string = 'ERR_MULTIPROC_SHARED_MEMORY_CLOSED';
  static {
    name(SharedMemoryClosedError, 'SharedMemoryClosedError');
  }
}

/** This platform or this Node lacks what the library needs; the message says what. */
export class PlatformError extends ProcessError {
  override readonly code: string = 'ERR_MULTIPROC_PLATFORM';
  static {
    name(PlatformError, 'PlatformError');
  }
}

/** A TypeError for a bad argument, with the library's code. */
export function argumentTypeError(message: string): TypeError {
  return Object.assign(new TypeError(message), { code: 'ERR_MULTIPROC_ARGUMENT' });
}

/** A RangeError for an argument of the right type and a wrong value, with the library's code. */
export function argumentRangeError(message: string): RangeError {
  return Object.assign(new RangeError(message), { code: 'ERR_MULTIPROC_ARGUMENT' });
}

/** `name` on the prototype: it survives minifiers, and does not become an own property that would be sent along. */
function name(errorClass: { prototype: Error }, value: string): void {
  Object.defineProperty(errorClass.prototype, 'name', { value, configurable: true, writable: true });
}
