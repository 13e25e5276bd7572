/**
 * Where a function stands in the text of its module, as far as the text shows it plainly: inside another function, in a class,
 * or at the top level without being mentioned by any export. Every doubt is 'unknown', which leaves the answer to the receiver.
 */
import { exportedWords, mentions, statementWords } from './export_words.ts';
import { enclosingArrow } from './statements.ts';
import type { Token } from './tokens.ts';
import { tokenize } from './tokens.ts';

export type Placement =
  | { readonly verdict: 'unknown' }
  /** Created while another function runs, so it may use that function's variables. */
  | { readonly verdict: 'nested'; readonly within: string }
  /** Written in a class body. */
  | { readonly verdict: 'method'; readonly ofClass: string; readonly isStatic: boolean }
  /** At the top level, with a name that no export mentions, or with none. */
  | { readonly verdict: 'unexported' };

const UNKNOWN: Placement = { verdict: 'unknown' };
/** Above this size reading the text costs more than asking the receiver. */
const LONGEST_SOURCE = 400_000;

/** A module's text, tokenized once for all functions of it. */
export class ModuleText {
  readonly #tokens: Token[] | null;
  readonly #isModule: boolean;
  #exported: ReadonlySet<string> | null = null;

  constructor(source: string, isModule: boolean) {
    this.#tokens = source.length > LONGEST_SOURCE ? null : tokenize(source);
    this.#isModule = isModule;
  }

  /** The placement of the function whose text begins at `offset`. */
  placement(offset: number): Placement {
    const tokens = this.#tokens;
    const index = tokens === null ? -1 : tokenAt(tokens, offset);
    if (tokens === null || index === -1) return UNKNOWN;
    const method = methodPlacement(tokens, index);
    if (method !== null) return this.#exportedWords(tokens).has(tokens[index].text) ? UNKNOWN : method;
    for (let i = index; i !== -1; i = tokens[i].parent) {
      if (i !== index && tokens[i].brace === 'class') return UNKNOWN;
      if (i !== index && tokens[i].brace === 'function' && !this.#isTransparent(i))
        return { verdict: 'nested', within: functionName(tokens, i) };
      const arrow = enclosingArrow(tokens, i);
      if (arrow !== 'none') return arrow === 'unclear' ? UNKNOWN : { verdict: 'nested', within: '' };
    }
    const own = declaredName(tokens, index);
    const names = statementWords(tokens, index);
    if (names === null) return UNKNOWN;
    if (own !== '') names.add(own);
    const isTop = (parent: number) => parent === -1 || (tokens[parent].brace === 'function' && this.#isTransparent(parent));
    return mentions(tokens, names, this.#exportedWords(tokens), isTop) ? UNKNOWN : { verdict: 'unexported' };
  }

  /** The same in a module that a test runner wrapped in a function and rewrote: what it exports cannot be read there. */
  wrappedPlacement(offset: number): Placement {
    const tokens = this.#tokens;
    const index = tokens === null ? -1 : tokenAt(tokens, offset);
    if (tokens === null || index === -1) return UNKNOWN;
    const method = methodPlacement(tokens, index);
    if (method !== null) return method;
    const around: number[] = [];
    for (let i = tokens[index].parent; i !== -1; i = tokens[i].parent) if (tokens[i].brace === 'function') around.push(i);
    return around.length > 1 ? { verdict: 'nested', within: functionName(tokens, around[0]) } : UNKNOWN;
  }

  #exportedWords(tokens: readonly Token[]): ReadonlySet<string> {
    this.#exported ??= exportedWords(tokens, this.#isModule, (i) => this.#isTransparent(i));
    return this.#exported;
  }

  /**
   * In a script, the body of a function that is only there to wrap the module (`(() => {...})()`, UMD, a bundler's table of modules):
   * it stands in parentheses, and is not async (an async one is a `main` of which every run makes new functions).
   */
  #isTransparent(brace: number): boolean {
    const tokens = this.#tokens!;
    if (this.#isModule) return false;
    let inParentheses = false;
    for (let i = tokens[brace].parent; i !== -1; i = tokens[i].parent) {
      inParentheses ||= tokens[i].text === '(';
      if (tokens[i].brace === 'class' || (tokens[i].brace === 'function' && !this.#isTransparent(i))) return false;
      if (tokens[i].brace === 'function') return inParentheses && !isAsync(tokens, brace);
    }
    return inParentheses && !isAsync(tokens, brace);
  }
}

function tokenAt(tokens: readonly Token[], offset: number): number {
  let low = 0;
  let high = tokens.length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    if (tokens[middle].start === offset) return middle;
    if (tokens[middle].start < offset) low = middle + 1;
    else high = middle - 1;
  }
  return -1;
}

function methodPlacement(tokens: readonly Token[], index: number): Placement | null {
  const parent = tokens[index].parent;
  if (parent === -1 || tokens[parent].brace !== 'class') return null;
  if (tokens[index - 1].text === '=') return { verdict: 'nested', within: className(tokens, parent) };
  return { verdict: 'method', ofClass: className(tokens, parent), isStatic: tokens[index - 1].text === 'static' };
}

/** `square` of `async function* square(`, `Hasher` of `class Hasher {`. */
function declaredName(tokens: readonly Token[], index: number): string {
  let i = index;
  if (tokens[i].text === 'async') i++;
  if (tokens[i]?.text !== 'function' && tokens[i]?.text !== 'class') return '';
  i++;
  if (tokens[i]?.text === '*') i++;
  return tokens[i]?.type === 'word' && tokens[i].text !== 'extends' ? tokens[i].text : '';
}

function headOf(tokens: readonly Token[], brace: number): number {
  const last = tokens[brace - 1].text === '=>' ? brace - 2 : brace - 1;
  return tokens[last]?.text === ')' ? tokens[last].pair - 1 : last - 1;
}

function functionName(tokens: readonly Token[], brace: number): string {
  const name = tokens[headOf(tokens, brace)];
  return name?.type === 'word' && name.text !== 'function' && name.text !== 'async' ? name.text : '';
}

function isAsync(tokens: readonly Token[], brace: number): boolean {
  const head = headOf(tokens, brace);
  for (let i = head; i > head - 4 && i >= 0; i--) {
    if (tokens[i].text === 'async') return true;
    if (tokens[i].type !== 'word' && tokens[i].text !== '*') return false;
  }
  return false;
}

function className(tokens: readonly Token[], brace: number): string {
  const parent = tokens[brace].parent;
  for (let i = brace - 1; i > parent; i--)
    if (tokens[i].text === 'class') return tokens[i + 1].type === 'word' ? tokens[i + 1].text : '';
  return '';
}
