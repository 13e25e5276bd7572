/** `Client()`: a connection to a `Listener`, of this library or of Python's. */
import { checkTimeout, type WaitOptions } from '../base/deadlines.ts';
import { TimeoutError } from '../base/errors.ts';
import type { Connection } from '../channels/connection.ts';
import { checkKey } from '../process/authkey.ts';
import { type Address, type Family, type Place, placeOf, textOf } from './addresses.ts';
import type { AllowedModules } from './allowed_modules.ts';
import { answerChallenge, checkAllowMd5, deliverChallenge } from './authentication.ts';
import { connectTo } from './connecting.ts';
import { checkOptions } from './options.ts';
import { SocketConnection } from './socket_connection.ts';
import { TimeLimit } from './time_limit.ts';
import { type SerializerOption, valuesOf } from './values.ts';

/**
 * Where more clients come at a time than a listener's system takes in, it may forget one that has heard it was let in: he would wait for the challenge for ever. So he
 * asks for himself after so long (ms).
 */
const PROBE_MS = 2000;

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
 * sides do not have the same `authkey`, TimeoutError when all of it (the look-up of the name, too) took longer than `timeout` ms, TypeError and RangeError for bad options.
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
  checkOptions('Client', options, '{ authkey }');
  const timeout = checkTimeout(options);
  const place = placeOf(address, options.family);
  const values = valuesOf(options);
  const allowMd5 = checkAllowMd5(options.allowMd5);
  const key = options.authkey === undefined ? undefined : checkKey(options.authkey).key;
  let connection: SocketConnection<In, Out> | undefined;
  const limit = new TimeLimit({ timeout, signal: options.signal }, !isQuiet, () => lateError(place, timeout, connection));
  const { signal } = limit;
  try {
    const stream = await connectTo(place, signal, isQuiet);
    connection = new SocketConnection<In, Out>(stream, values);
    connection.isQuiet = isQuiet;
    if (key !== undefined) {
      stream.probeAfter(PROBE_MS);
      await answerChallenge(connection, key, { signal, allowMd5 });
      await deliverChallenge(connection, key, { signal, allowMd5 });
      stream.probeAfter(undefined);
    }
    return connection;
  } catch (error) {
    connection?.close();
    throw error;
  } finally {
    limit.end();
  }
}

function lateError(place: Place, timeout: number, connection: object | undefined): TimeoutError {
  const at = textOf(place);
  return new TimeoutError(
    connection === undefined
      ? `${at} could not be reached within ${timeout} ms: is the machine up, is there no firewall between, and does the name server answer?`
      : `${at} was reached and did not authenticate within ${timeout} ms: is it a Listener with an authkey, and not stopped? Else give more time`,
  );
}
