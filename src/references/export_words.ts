/**
 * The words that a module's export statements mention, and those that reach one through an assignment (`const g = f; export { g }`).
 * A name that is not among them is not exported; one that is among them may be.
 */
import { beginsStatement, enclosingArrow, statementEnd, statementStart } from './statements.ts';
import type { Token } from './tokens.ts';

/** The names that the statement around a function gives it; null where the statement may export it in a way not looked into. */
export function statementWords(tokens: readonly Token[], index: number): Set<string> | null {
  const start = statementStart(tokens, index);
  const names = new Set<string>();
  for (let i = start; i < index; i++) {
    const token = tokens[i];
    if (token.text === 'export' || token.text === 'return' || isExportsWord(token)) return null;
    if (token.text !== '=' || token.parent !== tokens[start].parent) continue;
    const target = assigned(tokens, i);
    if (target === null) return null;
    names.add(target);
  }
  return names;
}

/** `f` of `f = ` and of `f.a.b = `; null for patterns and computed members. */
function assigned(tokens: readonly Token[], equals: number): string | null {
  let i = equals - 1;
  while (tokens[i]?.type === 'word' && tokens[i - 1]?.text === '.') i -= 2;
  return tokens[i]?.type === 'word' ? tokens[i].text : null;
}

function isExportsWord(token: Token): boolean {
  return token.type === 'word' && (/exports?$/i.test(token.text) || token.text === 'this');
}

/** Every word of the module's export statements. `isTransparent` tells which function bodies only wrap the module. */
export function exportedWords(
  tokens: readonly Token[],
  isModule: boolean,
  isTransparent: (brace: number) => boolean,
): Set<string> {
  const words = new Set<string>();
  for (let i = 0; i < tokens.length; i = statementEnd(tokens, i)) addExported(tokens, i, isModule, isTransparent, words);
  return words;
}

function addExported(
  tokens: readonly Token[],
  start: number,
  isModule: boolean,
  isTransparent: (brace: number) => boolean,
  words: Set<string>,
): void {
  const end = statementEnd(tokens, start);
  if (isModule && tokens[start].text !== 'export') return;
  if (isModule || !containsTransparent(tokens, start, end, isTransparent)) {
    const exports = isModule || mayReturn(tokens, start, end) || someIn(tokens, start, end, isExportsWord);
    if (exports) for (let i = start; i < end; i++) if (!isModule || !inAnyFunction(tokens, i, start)) addWord(words, tokens[i]);
    return;
  }
  for (let i = start; i < end; i++) {
    if (tokens[i].brace !== 'function' || tokens[i].text !== '{' || !isTransparent(i)) continue;
    const close = tokens[i].pair;
    for (let j = i + 1; j < close; j = statementEnd(tokens, j)) addExported(tokens, j, isModule, isTransparent, words);
    i = close;
  }
}

/** Whether a statement of a wrapping function returns something, which the wrapper may export. */
function mayReturn(tokens: readonly Token[], start: number, end: number): boolean {
  if (tokens[start].parent === -1) return false;
  if (tokens[start].text === 'return') return true;
  return ['if', 'try', 'switch'].includes(tokens[start].text) && someIn(tokens, start, end, (token) => token.text === 'return');
}

function addWord(words: Set<string>, token: Token): void {
  if (token.type === 'word') words.add(token.text);
}

function containsTransparent(
  tokens: readonly Token[],
  start: number,
  end: number,
  isTransparent: (brace: number) => boolean,
): boolean {
  for (let i = start; i < end; i++) if (tokens[i].brace === 'function' && tokens[i].text === '{' && isTransparent(i)) return true;
  return false;
}

function someIn(tokens: readonly Token[], start: number, end: number, test: (token: Token) => boolean): boolean {
  for (let i = start; i < end; i++) if (test(tokens[i])) return true;
  return false;
}

/** Whether a token stands in the body of a function or class that the statement at `start` holds. */
function inFunction(tokens: readonly Token[], index: number, start: number): boolean {
  for (let i = tokens[index].parent; i > start; i = tokens[i].parent)
    if (tokens[i].brace === 'function' || tokens[i].brace === 'class') return true;
  return false;
}

/** The same with arrow functions whose body is an expression: `const get = () => f` does not export `f`. */
function inAnyFunction(tokens: readonly Token[], index: number, start: number): boolean {
  if (inFunction(tokens, index, start)) return true;
  for (let i = index; i > start; i = tokens[i].parent) if (enclosingArrow(tokens, i) === 'inside') return true;
  return false;
}

/**
 * Whether an export mentions one of `names`, or something that any of them was assigned to, or was given to together with it by a call
 * (`__export(all, { f: () => f })`). Grows `names`.
 */
export function mentions(
  tokens: readonly Token[],
  names: Set<string>,
  exported: ReadonlySet<string>,
  isTop: (parent: number) => boolean,
): boolean {
  if (exported.size === 0) return false;
  for (let size = -1; size !== names.size; ) {
    for (const name of names) if (exported.has(name)) return true;
    size = names.size;
    if (size === 0) return false;
    for (let i = 0; i < tokens.length; i++) {
      if (tokens[i].text === '=' && !follow(tokens, i, names)) return true;
      if (isCall(tokens, i) && isTop(tokens[i].parent)) followCall(tokens, i, names);
    }
  }
  return false;
}

/** What looks like a call and is none, or, as esbuild's helper that keeps the names of functions, says nothing. */
const NO_CALLS = new Set(['if', 'for', 'while', 'switch', 'with', 'import', '__name']);

/** Whether a statement that begins with a call of something begins here: `f(...)`, `a.f(...)`. */
function isCall(tokens: readonly Token[], index: number): boolean {
  const next = tokens[index + 1]?.text;
  if (tokens[index].type !== 'word' || NO_CALLS.has(tokens[index].text)) return false;
  return (next === '(' || next === '.') && beginsStatement(tokens, index);
}

function followCall(tokens: readonly Token[], start: number, names: Set<string>): void {
  const end = statementEnd(tokens, start);
  const named = (token: Token) => token.type === 'word' && names.has(token.text);
  if (someIn(tokens, start, end, named))
    for (let i = start; i < end; i++) if (!inFunction(tokens, i, start)) addWord(names, tokens[i]);
}

/** Adds the target of the assignment at `equals` where its right side mentions a name. False for a target that is a pattern. */
function follow(tokens: readonly Token[], equals: number, names: Set<string>): boolean {
  const parent = tokens[equals].parent;
  const end = parent === -1 ? tokens.length : tokens[parent].pair;
  for (let i = equals + 1; i < end; i++) {
    const token = tokens[i];
    if (token.parent === parent && (token.text === ',' || (i > equals + 1 && beginsStatement(tokens, i)))) return true;
    if (token.type !== 'word' || !names.has(token.text) || tokens[i - 1].text === '.') continue;
    if (inAnyFunction(tokens, i, equals)) continue;
    const target = assigned(tokens, equals);
    if (target === null) return false;
    names.add(target);
    return true;
  }
  return true;
}
