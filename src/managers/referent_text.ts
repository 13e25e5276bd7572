/** Referents as texts. */
import { inspect } from 'node:util';
import { brief, shorten } from '../pool/brief.ts';

/** What `String(proxy)` shows. */
export function textOf(referent: unknown): string {
  return saysNothing(referent) ? inspect(referent) : String(referent);
}

/** The beginning of it, as debugInfo() has it, on one line. Of what throws meanwhile a text that runs none of its code. */
export function shortTextOf(referent: unknown, characters: number): string {
  return shorten(lineOf(referent, characters), characters);
}

function lineOf(referent: unknown, characters: number): string {
  try {
    // A long list is shown in part.
    const isShown = saysNothing(referent) || inspect.custom in (referent as object);
    const text = isShown ? inspect(referent, { depth: 1, maxArrayLength: 8, maxStringLength: characters }) : String(referent);
    return text.replace(/\s+/g, ' ');
  } catch {
    return brief(referent);
  }
}

/** Whether its text would be `[object Object]`, or a list without brackets. */
function saysNothing(referent: unknown): boolean {
  const { toString } = Object(referent);
  return (
    typeof referent === 'object' &&
    (referent === null || toString === Object.prototype.toString || toString === Array.prototype.toString)
  );
}
