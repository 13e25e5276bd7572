/**
 * The words of the mutual challenge, as CPython's `multiprocessing.connection` speaks it (each is a message of its own):
 *
 *     one side      #CHALLENGE#{sha256}<random bytes>
 *     the other     {sha256}<HMAC of all that follows #CHALLENGE#>
 *     one side      #WELCOME# or #FAILURE#
 *
 * and then the same the other way round. Before Python 3.12 there was MD5 only, and no digest was named: `#CHALLENGE#<20 random bytes>`, and the bare HMAC.
 * Such a side answers a challenge of the newer form in the old way, with the braces as part of what is digested.
 */
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { AuthenticationError } from '../base/errors.ts';

export const CHALLENGE = Buffer.from('#CHALLENGE#');
export const WELCOME = Buffer.from('#WELCOME#');
export const FAILURE = Buffer.from('#FAILURE#');
/** No message is longer before both sides are known. */
export const MOST_BYTES = 256;

const RANDOM_BYTES = 40;
/** Of a challenge that names no digest; shorter ones could be answered from a table. */
const LEAST_RANDOM_BYTES = 20;
const MD5_BYTES = 16;
/** Their names there, and in OpenSSL. */
const DIGESTS: ReadonlyMap<string, string> = new Map([
  ['md5', 'md5'],
  ['sha256', 'sha256'],
  ['sha384', 'sha384'],
  ['sha3_256', 'sha3-256'],
  ['sha3_384', 'sha3-384'],
]);
const NAMED = /^\{(\w{1,20})\}/;

/** What is to be digested, for a challenge of ours. */
export function newChallenge(): Buffer {
  return Buffer.concat([Buffer.from('{sha256}'), randomBytes(RANDOM_BYTES)]);
}

/** The answer to what stood in a challenge. Throws AuthenticationError for one that is not answered. */
export function answerTo(challenge: Buffer, authkey: Uint8Array, allowMd5: boolean): Buffer {
  if (challenge.length < LEAST_RANDOM_BYTES)
    throw new AuthenticationError('the challenge of the other side is too short to be safe');
  const name = nameIn(challenge);
  if (name === undefined) {
    if (!allowMd5) throw onlyMd5();
    return digestOf('md5', challenge, authkey);
  }
  if (!DIGESTS.has(name)) throw new AuthenticationError(`the other side asks for the digest ${name}, which is not known here`);
  if (name === 'md5' && !allowMd5) throw onlyMd5();
  return Buffer.concat([Buffer.from(`{${name}}`), digestOf(name, challenge, authkey)]);
}

/** Whether `answer` is that of somebody who knows the key. Throws AuthenticationError for a right one that is too weak. Takes the same time whatever it is. */
export function isRight(answer: Buffer, challenge: Buffer, authkey: Uint8Array, allowMd5: boolean): boolean {
  const named = answer.length === MD5_BYTES ? undefined : nameIn(answer);
  const name = named ?? 'md5';
  const digest = named === undefined ? answer : answer.subarray(named.length + 2);
  if (!DIGESTS.has(name)) return false;
  const right = digestOf(name, challenge, authkey);
  const isEqual = right.length === digest.length && timingSafeEqual(right, digest);
  if (isEqual && name === 'md5' && !allowMd5) throw onlyMd5();
  return isEqual;
}

function nameIn(bytes: Buffer): string | undefined {
  return NAMED.exec(bytes.toString('latin1', 0, 24))?.[1];
}

function digestOf(name: string, bytes: Buffer, authkey: Uint8Array): Buffer {
  return createHmac(DIGESTS.get(name)!, authkey).update(bytes).digest();
}

function onlyMd5(): AuthenticationError {
  return new AuthenticationError(
    'the other side knows MD5 only (Python before 3.12), which is refused by default: update it, or set allowMd5: true here',
  );
}
