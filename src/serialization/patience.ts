/**
 * Values that have to be waited for while a message is decoded: another process hands them over. Decoding is synchronous, so where its caller can wait it
 * is broken off, the value is brought, and the bytes are decoded again.
 */
import { SerializationError } from '../base/errors.ts';

/** What was brought for a message, by its key; and what undoes that when the message cannot be decoded after all. */
export type WaitedFor = Map<string, { readonly value: object; readonly dismiss: () => void }>;

/** `await bring(here)`, and decode again with that. */
export class NotHere extends SerializationError {
  readonly #bring: (here: WaitedFor) => Promise<void>;

  constructor(message: string, bring: (here: WaitedFor) => Promise<void>) {
    super(message);
    this.#bring = bring;
  }

  bring(here: WaitedFor): Promise<void> {
    return this.#bring(here);
  }
}

let canWait = false;
let brought: WaitedFor | undefined;

/** Whether the caller of the decodings that follow can wait. Returns what was said before. */
export function setPatience(patience: boolean): boolean {
  const before = canWait;
  canWait = patience;
  return before;
}

/** Runs a decoding whose caller can wait. */
export function patiently<T>(read: () => T, here?: WaitedFor): T {
  const before = setPatience(true);
  const broughtBefore = brought;
  brought = here;
  try {
    return read();
  } finally {
    setPatience(before);
    brought = broughtBefore;
  }
}

/** Whether NotHere brings the caller of this decoding to wait. */
export function isPatient(): boolean {
  return canWait;
}

/** What was brought before, by its key. */
export function broughtValue(key: string): object | undefined {
  return brought?.get(key)?.value;
}

export function dismiss(here: WaitedFor): void {
  for (const { dismiss } of here.values()) dismiss();
  here.clear();
}
