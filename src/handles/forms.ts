/** What the handles of Node have in common on their way: a descriptor, and what else makes the receiver's object like the sender's. */
import { SerializationError } from '../base/errors.ts';

export interface Form<T extends object> {
  readonly is: (object: object) => boolean;
  /** Of a handle that can be sent now. Throws SerializationError. */
  readonly fdOf: (handle: T) => number;
  /** Small and plain. */
  readonly optionsOf?: (handle: T) => unknown;
  /** The receiver's object, which owns the descriptor. */
  readonly build: (fd: number, options: any) => Built<T> | Promise<Built<T>>;
  /** Where only `await` can build it: how the receiver does without. */
  readonly syncAdvice?: string;
}

export interface Built<T extends object> {
  readonly value: T;
  /** Closes it, when what it was part of cannot be decoded. */
  readonly dismiss: () => void;
}

/** What Node has below a server or socket: the part of it that `listen(handle)` documents, and `fd`. */
export interface NodeHandle {
  readonly fd?: number;
  reading?: boolean;
  readStop?(): number;
  close(): void;
}

/** The descriptor of what is below a server or socket. A class of Node's that is neither TCP nor a Unix socket has other state in this process. */
export function descriptorBelow(handle: NodeHandle | null | undefined, what: string): number {
  const kind = handle?.constructor.name;
  const fd = parked.get(handle as NodeHandle) ?? handle?.fd;
  if ((kind !== 'TCP' && kind !== 'Pipe') || typeof fd !== 'number' || fd < 0)
    refuse(`${what} has no descriptor that another process can use; send what the other side needs of it`);
  return fd;
}

/** Handles whose descriptor Node must not be shown. */
export const parked = new WeakMap<NodeHandle, number>();

export function refuse(why: string): never {
  throw new SerializationError(why);
}
