/** `Client()`: a connection to a `Listener`, of this library or of Python's. */
import { checkTimeout, Deadline, type WaitOptions } from '../base/deadlines.ts';
import { argumentTypeError } from '../base/errors.ts';
import type { Connection } from '../channels/connection.ts';
import { checkKey } from '../process/authkey.ts';
import { type Address, type Family, placeOf } from './addresses.ts';
import type { AllowedModules } from './allowed_modules.ts';
import { answerChallenge, checkAllowMd5, deliverChallenge } from './authentication.ts';
import { connectTo } from './connecting.ts';
import { SocketConnection } from './socket_connection.ts';
import { type SerializerOption, valuesOf } from './values.ts';

export interface ConnectionOptions {
  /** What form the address has. By default it tells by itself. */
  family?: Family;
  /** Each side has to prove that it knows this key. An empty one is a key, too. Without: no authentication, anybody is served. */
  authkey?: string | Uint8Array;
  /** Whether a side that knows MD5 only, as Python before 3.12, is accepted. Default: false. */
  allowMd5?: boolean;
  /** How values are sent; both sides must use the same. */
  serializer?: SerializerOption;
  /** Whose functions and classes messages may name. Default: nobody's. */
  allowModules?: AllowedModules;
}

export interface ClientOptions extends ConnectionOptions, WaitOptions {}

/**
 * Connects to a listener. Throws ConnectionRefusedError when nobody listens at the address, AddressError when it cannot be reached, AuthenticationError when the two
 * sides do not have the same `authkey`, TimeoutError when both took longer than `timeout` ms, TypeError and RangeError for bad options.
 * Follows `multiprocessing.connection.Client`.
 */
export function Client<In = unknown, Out = In>(address: Address, options: ClientOptions = {}): Promise<Connection<In, Out>> {
  return openConnection<In, Out>(address, options, false);
}

/** @internal The same; `isQuiet`: neither that nor the connection keeps the event loop alive. */
export async function openConnection<In = unknown, Out = In>(
  address: Address,
  options: ClientOptions,
  isQuiet: boolean,
): Promise<SocketConnection<In, Out>> {
  if (typeof options !== 'object' || options === null)
    throw argumentTypeError(
      `the options of Client must be an object like { authkey }, not ${options === null ? 'null' : typeof options}`,
    );
  const timeout = checkTimeout(options);
  const { signal } = options;
  const deadline = new Deadline(timeout);
  const place = placeOf(address, options.family);
  const values = valuesOf(options);
  const allowMd5 = checkAllowMd5(options.allowMd5);
  const key = options.authkey === undefined ? undefined : checkKey(options.authkey).key;
  signal?.throwIfAborted();
  const connection = new SocketConnection<In, Out>(await connectTo(place, timeout, signal, isQuiet), values);
  connection.isQuiet = isQuiet;
  if (key === undefined) return connection;
  try {
    const wait = (): WaitOptions & { allowMd5: boolean } => ({ timeout: Math.max(deadline.left(), 1), signal, allowMd5 });
    await answerChallenge(connection, key, wait());
    await deliverChallenge(connection, key, wait());
    return connection;
  } catch (error) {
    connection.close();
    throw error;
  }
}
