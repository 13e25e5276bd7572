/** Finds what a source file refers to. Regular expressions are enough: the formatter fixes how an import looks. */
import { withoutComments } from './source_text.js';

export interface Reference {
  /** As written: `../base/errors.ts`, `node:fs`, `koffi`. */
  readonly specifier: string;
  /** `import` binds at load time; `type` is erased; `dynamic` loads later; `url` names a file that something else loads. */
  readonly kind: 'import' | 'type' | 'dynamic' | 'url';
  readonly line: number;
}

const STATIC = /^[ \t]*(import|export)\b(\s+type\b(?!\s*(?:,|from\b)))?([\w$*\s{},]*?)\bfrom\s*(['"])([^'"\n]+)\4/gm;
const SIDE_EFFECT = /^[ \t]*import\s*(['"])([^'"\n]+)\1/gm;
const CALL = /(?<![.\w$])(typeof\s+)?(import|require)\s*\(\s*(['"])([^'"\n]+)\3/gm;
const URL_OF_FILE = /\bnew\s+URL\s*\(\s*(['"])([^'"\n]+)\1\s*,\s*import\.meta\.url/gm;

/** Every reference of a file, in the order of its lines. */
export function referencesOf(source: string): Reference[] {
  const code = withoutComments(source);
  const found: Reference[] = [];
  const add = (index: number, specifier: string, kind: Reference['kind']): void => {
    found.push({ specifier, kind, line: code.slice(0, index).split('\n').length });
  };
  // `{ type A }` without anything else still loads the module under verbatimModuleSyntax; only `import type` does not.
  for (const match of code.matchAll(STATIC)) add(match.index, match[5], match[2] ? 'type' : 'import');
  for (const match of code.matchAll(SIDE_EFFECT)) add(match.index, match[2], 'import');
  for (const match of code.matchAll(CALL))
    add(match.index, match[4], match[1] || isTypeQuery(code, match.index) ? 'type' : 'dynamic');
  for (const match of code.matchAll(URL_OF_FILE)) add(match.index, match[2], 'url');
  return found.sort((a, b) => a.line - b.line);
}

/** `x: import('./x.ts').Name`: as a type, an import stands after a colon, a bracket or an operator of types. */
function isTypeQuery(code: string, index: number): boolean {
  return /[:<|&]\s*$/.test(code.slice(Math.max(0, index - 20), index));
}
