/**
 * Where this library's own code stands: in the file that its package was built into, in a bundle of the user's, or in a single executable.
 * In the two latter, which are called frozen, no file of the library lies beside it, and no module can be had by its URL.
 */
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The build writes the name of the file here into which it puts this code. A bundle has another name. */
const BUILT_INTO = '<the file that this is built into>';

let known: string | null | undefined;
let single: boolean | undefined;

/** The file that this code stands in; the executable itself in a single executable. Null = nobody can tell. */
export function ownFile(): string | null {
  if (known === undefined) known = findOwnFile();
  return known;
}

/** Whether this code is part of a bundle or single executable. */
export function isFrozen(): boolean {
  const file = ownFile();
  return file === null || basename(file) !== BUILT_INTO;
}

export function isSingleExecutable(): boolean {
  single ??= (process.getBuiltinModule('node:sea') as { isSea?: () => boolean } | undefined)?.isSea?.() === true;
  return single;
}

function findOwnFile(): string | null {
  // Bundlers that write CommonJS leave nothing of import.meta.
  const url = import.meta.url as string | undefined;
  if (typeof url === 'string') return url.startsWith('file:') ? fileURLToPath(url) : null;
  if (isSingleExecutable()) return process.execPath;
  return typeof __filename === 'string' ? __filename : null;
}
