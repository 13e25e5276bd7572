/**
 * What goes over the keepers' sockets. A connection carries one request and at most one answer.
 *
 *   request   7 words: TAKE or ADOPT; owner word of who asks; index and generation of the parcel ... and its secret (4 words): 8 words in all
 *             ADOPT comes with the descriptor, and has no answer
 *   answer    1 byte: HERE, with the descriptor, or UNKNOWN
 */
import type { ObjectReference } from '../memory/object_kinds.ts';
import type { OwnerWord } from '../memory/participants.ts';
import { SECRET_WORDS } from './parcels.ts';

export const Request = { TAKE: 1, ADOPT: 2 } as const;
export const Answer = { UNKNOWN: 0, HERE: 1 } as const;

const HEADER_WORDS = 4;
export const REQUEST_BYTES = (HEADER_WORDS + SECRET_WORDS) * 4;

export interface ParsedRequest {
  readonly what: number;
  readonly from: OwnerWord;
  readonly reference: ObjectReference;
  readonly secret: Int32Array;
}

export function requestBytes(
  what: number,
  from: OwnerWord,
  { index, generation }: ObjectReference,
  secret: Int32Array,
): Uint8Array {
  return new Uint8Array(Int32Array.of(what, from, index, generation, ...secret).buffer);
}

export function parseRequest(bytes: Uint8Array): ParsedRequest {
  const words = new Int32Array(new Uint8Array(bytes).buffer);
  const [what, from, index, generation] = words;
  return { what, from, reference: { index, generation }, secret: words.subarray(HEADER_WORDS) };
}
