/** The mutual challenge: each side proves that it knows the key, without sending it. */
import { checkTimeout, type WaitOptions } from '../base/deadlines.ts';
import { AuthenticationError, argumentTypeError, ConnectionClosedError, EOFError } from '../base/errors.ts';
import { checkKey } from '../process/authkey.ts';
import { answerTo, CHALLENGE, FAILURE, isRight, MOST_BYTES, newChallenge, WELCOME } from './digests.ts';

/** What authentication needs of a connection. */
export interface ByteConnection {
  readonly closed?: boolean;
  sendBytes(bytes: Uint8Array, options?: WaitOptions): PromiseLike<unknown> | unknown;
  recvBytes(options: { maxLength: number } & WaitOptions): PromiseLike<Uint8Array> | Uint8Array;
}

export interface AuthenticationOptions extends WaitOptions {
  /** Whether a side that knows MD5 only, as Python before 3.12, is accepted. Default: false. */
  allowMd5?: boolean;
}

type Key = string | Uint8Array;

/**
 * Asks the other side for proof that it knows `authkey`, and tells it whether it has given it. Throws AuthenticationError when it has not, TypeError for what is no key,
 * TimeoutError. As `multiprocessing.connection.deliver_challenge`.
 */
export async function deliverChallenge(
  connection: ByteConnection,
  authkey: Key,
  options: AuthenticationOptions = {},
): Promise<void> {
  const { key, allowMd5, wait } = check(authkey, options);
  const challenge = newChallenge();
  await connection.sendBytes(Buffer.concat([CHALLENGE, challenge]), wait);
  const answer = await receive(connection, wait);
  let error = new AuthenticationError('the other side does not know the authkey: give both sides the same one');
  try {
    if (isRight(answer, challenge, key, allowMd5)) {
      await connection.sendBytes(WELCOME, wait);
      return;
    }
  } catch (cause) {
    if (!(cause instanceof AuthenticationError)) throw cause;
    error = cause;
  }
  await connection.sendBytes(FAILURE, wait);
  throw error;
}

/**
 * Answers the challenge of the other side with proof that this one knows `authkey`. Throws AuthenticationError when it is not accepted, or is asked for in a way that
 * is too weak; TypeError for what is no key, TimeoutError. As `multiprocessing.connection.answer_challenge`.
 */
export async function answerChallenge(
  connection: ByteConnection,
  authkey: Key,
  options: AuthenticationOptions = {},
): Promise<void> {
  const { key, allowMd5, wait } = check(authkey, options);
  const message = await receive(connection, wait);
  if (!message.subarray(0, CHALLENGE.length).equals(CHALLENGE))
    throw new AuthenticationError(
      'the other side does not ask for an authkey as it should: is it a Listener that was given one?',
    );
  await connection.sendBytes(answerTo(message.subarray(CHALLENGE.length), key, allowMd5), wait);
  const verdict = await receive(connection, wait);
  if (!verdict.equals(WELCOME))
    throw new AuthenticationError('the other side did not accept the authkey: give both sides the same one');
}

async function receive(connection: ByteConnection, wait: WaitOptions | undefined): Promise<Buffer> {
  try {
    const bytes = await connection.recvBytes({ ...wait, maxLength: MOST_BYTES });
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  } catch (cause) {
    if (cause instanceof EOFError)
      throw new AuthenticationError(
        'the other side closed the connection before both were authenticated: does it have the same authkey, and room for one more?',
        { cause },
      );
    if (cause instanceof ConnectionClosedError && connection.closed === false)
      throw new AuthenticationError(`the other side does not speak as a Connection with an authkey does: ${cause.message}`, {
        cause,
      });
    throw cause;
  }
}

function check(authkey: Key, options: AuthenticationOptions): { key: Uint8Array; allowMd5: boolean; wait: WaitOptions } {
  checkTimeout(options);
  const { allowMd5, timeout, signal } = options;
  return { key: checkKey(authkey).key, allowMd5: checkAllowMd5(allowMd5), wait: { timeout, signal } };
}

export function checkAllowMd5(allowMd5: unknown): boolean {
  if (allowMd5 === undefined || typeof allowMd5 === 'boolean') return allowMd5 === true;
  throw argumentTypeError(`allowMd5 must be true or false, not ${typeof allowMd5}`);
}
