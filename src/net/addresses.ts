/** Addresses of `Listener` and `Client`: their forms, and what is wrong with one that cannot be used. */
import { existsSync } from 'node:fs';
import { isIP } from 'node:net';
import { dirname } from 'node:path';
import {
  AddressError,
  AddressInUseError,
  argumentRangeError,
  argumentTypeError,
  ConnectionRefusedError,
  PlatformError,
} from '../base/errors.ts';
import { hasNamedPipes, MOST_PATH_BYTES } from '../platform/sockets.ts';

/** How an address is to be understood; by itself it tells: an array is AF_INET, a path AF_UNIX, `\\.\pipe\name` AF_PIPE. */
export type Family = 'AF_INET' | 'AF_UNIX' | 'AF_PIPE';

/** [host, port], or a path; a path that begins with a NUL character is a Linux abstract name; `\\.\pipe\name` is a Windows named pipe. */
export type Address = readonly [host: string, port: number] | string;

/** An address that was checked. */
export type Place =
  | { readonly family: 'AF_INET'; readonly host: string; readonly port: number }
  | { readonly family: 'AF_UNIX' | 'AF_PIPE'; readonly path: string };

const FAMILIES: readonly unknown[] = ['AF_INET', 'AF_UNIX', 'AF_PIPE'];
const PIPE_PREFIX = /^\\\\/;
/** `host:port`, or a URL. */
const NO_PATH = /^[^\0\\/]*:\d+$|^[a-z][a-z+.-]*:\/\//i;

export function checkFamily(family: unknown): Family | undefined {
  if (family === undefined || FAMILIES.includes(family)) return family as Family | undefined;
  throw argumentRangeError(`family must be 'AF_INET', 'AF_UNIX' or 'AF_PIPE', not ${String(family)}`);
}

/** Throws TypeError and RangeError for what is no address, PlatformError for a family that this system does not have. */
export function placeOf(address: unknown, family: unknown): Place {
  const wanted = checkFamily(family);
  const place = Array.isArray(address) ? inetPlace(address) : pathPlace(address);
  if (wanted !== undefined && wanted !== place.family)
    throw argumentRangeError(
      `${textOf(place)} is an address of family ${place.family}, not ${wanted}: leave family out, or give another address`,
    );
  if (place.family === 'AF_PIPE' && !hasNamedPipes)
    throw new PlatformError(
      `${place.path} is a Windows named pipe, which this system does not have: give [host, port] or a path`,
    );
  if (place.family === 'AF_UNIX') checkPath(place.path);
  return place;
}

function inetPlace(address: readonly unknown[]): Place {
  const [host, port] = address;
  if (address.length !== 2 || typeof host !== 'string' || typeof port !== 'number')
    throw argumentTypeError(
      `an address is [host, port] or a path, like ['localhost', 6000], not an array of ${address.length} (${address.map((part) => typeof part).join(', ')})`,
    );
  if (!Number.isInteger(port) || port < 0 || port > 65535)
    throw argumentRangeError(`a port is a whole number from 0 to 65535, not ${port}`);
  if (/[\s\0/]/.test(host)) throw argumentRangeError(`${JSON.stringify(host)} is not the name or IP address of a host`);
  return { family: 'AF_INET', host, port };
}

function pathPlace(path: unknown): Place {
  if (typeof path !== 'string')
    throw argumentTypeError(
      `an address is [host, port] or a path, like ['localhost', 6000] or '/tmp/socket', not ${path === null ? 'null' : typeof path}`,
    );
  if (path === '') throw argumentRangeError('the empty text is no address: give [host, port] or a path');
  if (NO_PATH.test(path))
    throw argumentRangeError(
      `'${path}' is taken for the path of a socket, which is hardly meant: for TCP give [host, port], like ['localhost', 6000]; for a file of that name './${path}'`,
    );
  return { family: PIPE_PREFIX.test(path) ? 'AF_PIPE' : 'AF_UNIX', path };
}

function checkPath(path: string): void {
  const bytes = Buffer.byteLength(path);
  if (!path.startsWith('\0') && path.includes('\0'))
    throw argumentRangeError(`${JSON.stringify(path)} has a NUL character inside`);
  if (bytes > MOST_PATH_BYTES)
    throw argumentRangeError(
      `the path of a socket has ${MOST_PATH_BYTES} bytes at the most, not ${bytes}: ${path}. Use a shorter one, or set TMPDIR to one`,
    );
}

/** For people. */
export function textOf(place: Place): string {
  return place.family === 'AF_INET'
    ? `${isIP(place.host) === 6 ? `[${place.host}]` : place.host}:${place.port}`
    : JSON.stringify(place.path);
}

/** The same of an address that was not checked. */
export function addressText(address: Address): string {
  return textOf(placeOf(address, undefined));
}

/** What the system says against listening at an address, with the fix. */
export function listenError(place: Place, cause: unknown): Error {
  const at = textOf(place);
  switch (codeOf(cause)) {
    case 'EADDRINUSE':
      return new AddressInUseError(
        place.family === 'AF_INET'
          ? `somebody listens at ${at} already: stop that program, or take another port (0 takes any free one)`
          : `${at} exists already: stop the program that listens there, or remove the file if none does`,
        { cause },
      );
    case 'EACCES':
    case 'EPERM':
      // libuv says so of a folder that is missing, too.
      if (place.family === 'AF_UNIX' && !existsSync(dirname(place.path))) return missingFolder(at, cause);
      return new AddressError(`this user may not listen at ${at}: take a port above 1023, or a folder that can be written to`, {
        cause,
      });
    case 'EADDRNOTAVAIL':
      return new AddressError(`${at} is not an address of this machine: listen at one that it has, 'localhost' or '0.0.0.0'`, {
        cause,
      });
    case 'ENOENT':
    case 'ENOTDIR':
      return missingFolder(at, cause);
    default:
      return otherError(`cannot listen at ${at}`, cause);
  }
}

/** What the system says against connecting to an address, with the fix. */
export function connectError(place: Place, cause: unknown): Error {
  const at = textOf(place);
  switch (codeOf(cause)) {
    case 'ECONNREFUSED':
      return new ConnectionRefusedError(`nobody listens at ${at}: start the Listener before, and give its \`address\``, {
        cause,
      });
    case 'ENOENT':
    case 'ENOTDIR':
      return new ConnectionRefusedError(`there is no ${at}: start the Listener before, and give its \`address\``, { cause });
    case 'ENOTSOCK':
      return new AddressError(`${at} is no socket`, { cause });
    case 'EACCES':
    case 'EPERM':
      return new AddressError(`this user may not connect to ${at}: it belongs to another user`, { cause });
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
    case 'ETIMEDOUT':
      return new AddressError(
        `${at} cannot be reached from here (${codeOf(cause)}): is the machine up, and is there no firewall between?`,
        { cause },
      );
    default:
      return otherError(`cannot connect to ${at}`, cause);
  }
}

function missingFolder(at: string, cause: unknown): AddressError {
  return new AddressError(`the folder of ${at} does not exist: make it before`, { cause });
}

function otherError(what: string, cause: unknown): Error {
  if (codeOf(cause) === 'ENOTFOUND' || codeOf(cause) === 'EAI_AGAIN')
    return new AddressError(`${what}: no host has this name (${codeOf(cause)})`, { cause });
  if (codeOf(cause) === 'EMFILE' || codeOf(cause) === 'ENFILE')
    return new AddressError(`${what}: the limit of open files is reached (ulimit -n)`, { cause });
  return new AddressError(`${what}: ${(cause as Error).message}`, { cause });
}

export function codeOf(error: unknown): string | undefined {
  const { code, cause } = error as { code?: string; cause?: { code?: string } };
  return cause?.code ?? code;
}
