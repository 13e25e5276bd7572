/**
 * JavaScript in tokens, each with the bracket it stands in and each brace with what it opens: as much of a parser as it takes
 * to see whether a function is written inside another one and what a module exports.
 *
 * It never guesses on: whatever it does not understand ends in null, and then nothing is concluded from the text.
 */

export type BraceKind = 'function' | 'class' | 'block' | 'object' | 'template';

export interface Token {
  readonly text: string;
  readonly type: 'word' | 'literal' | 'punctuator';
  readonly start: number;
  /** A line ends between the token before and this one. */
  readonly newline: boolean;
  /** Index of the innermost open bracket around this token, -1 at the top level. A bracket's pair stands in the same one. */
  readonly parent: number;
  /** For brackets: the index of the other one of the pair. */
  pair: number;
  /** For `{` and its `}`: what it opens. */
  brace: BraceKind | null;
}

const PUNCTUATOR =
  />>>=|\.\.\.|===|!==|\*\*=|<<=|>>=|>>>|&&=|\|\|=|\?\?=|=>|==|!=|<=|>=|&&|\|\||\?\?|\?\.(?!\d)|\+\+|--|\+=|-=|\*=|\/=|%=|&=|\|=|\^=|<<|>>|\*\*|[{}()[\];,<>+\-*/%&|^!~?:=.@#]/y;
const WORD = /[^\s!-#%-/:-@[-^`{-~]+/y;
const NUMBER = /\.?\d(?:[eE][+-]\d|[\w.])*/y;
const SPACE = /(?:\s+|\/\/[^\n\r\u2028\u2029]*|\/\*[\s\S]*?\*\/)+/y;
const LINE_END = /[\n\r\u2028\u2029]/;
const REGEX = /\/(?:[^\\/[\n\r]|\\.|\[(?:[^\\\]\n\r]|\\.)*\])+\/[\w$]*/y;

const BEFORE_REGEX = new Set(
  'return typeof case in of delete void throw new instanceof else do await yield default extends'.split(' '),
);
const PAREN_STATEMENTS = new Set(['if', 'for', 'while', 'with', 'switch', 'catch']);
const BLOCK_WORDS = new Set(['else', 'do', 'try', 'finally', 'catch']);
const OBJECT_WORDS = new Set(
  'return typeof case in of delete void throw new instanceof await yield default extends export import from with const let var'.split(
    ' ',
  ),
);

/** The tokens of a script or module, or null where it is not understood. */
export function tokenize(source: string): Token[] | null {
  return new Tokenizer(source).run();
}

class Tokenizer {
  readonly #source: string;
  readonly #tokens: Token[] = [];
  readonly #open: number[] = [];
  /** For each open bracket: a `class` was read in it, and its body is still to come. */
  readonly #classes: boolean[] = [false];
  #at = 0;
  #newline = false;

  constructor(source: string) {
    this.#source = source;
  }

  run(): Token[] | null {
    const source = this.#source;
    if (source.startsWith('#!')) this.#at = source.search(/[\n\r]|$/);
    for (;;) {
      const space = this.#match(SPACE);
      this.#newline ||= space !== null && LINE_END.test(space);
      if (this.#at >= source.length) return this.#open.length === 0 ? this.#tokens : null;
      if (!this.#token()) return null;
    }
  }

  #token(): boolean {
    const character = this.#source[this.#at];
    if (character === '"' || character === "'") return this.#string(character);
    if (character === '`') return this.#template(this.#at, '');
    if (character === '}') return this.#close('}');
    const number = this.#match(NUMBER);
    if (number !== null) return this.#push(number, 'literal');
    const word = this.#match(WORD);
    if (word !== null) return this.#word(word);
    if (character === '/' && this.#regexMayStand()) {
      const regex = this.#match(REGEX);
      return regex !== null && this.#push(regex, 'literal');
    }
    const punctuator = this.#match(PUNCTUATOR);
    if (punctuator === null) return false;
    if (punctuator === '{') return this.#brace();
    if (punctuator === '(' || punctuator === '[') return this.#bracket(punctuator, null);
    if (punctuator === ')' || punctuator === ']') {
      this.#at -= 1;
      return this.#close(punctuator);
    }
    if (punctuator === ':' || punctuator === ',' || punctuator === ';' || punctuator === '=')
      this.#classes[this.#open.length] = false;
    return this.#push(punctuator, 'punctuator');
  }

  #word(word: string): boolean {
    if (word === 'class' && !this.#afterDot(this.#tokens.length)) this.#classes[this.#open.length] = true;
    return this.#push(word, 'word');
  }

  #string(quote: string): boolean {
    const start = this.#at;
    for (let i = start + 1; i < this.#source.length; i++) {
      const character = this.#source[i];
      if (character === '\\') i++;
      else if (character === quote) {
        this.#at = i + 1;
        return this.#push(this.#source.slice(start, this.#at), 'literal');
      } else if (character === '\n' || character === '\r') return false;
    }
    return false;
  }

  /** The text of a template from `from` on, up to its end or to the next `${`. */
  #template(from: number, already: string): boolean {
    for (let i = from + (already === '' ? 1 : 0); i < this.#source.length; i++) {
      const character = this.#source[i];
      if (character === '\\') i++;
      else if (character === '`') {
        this.#at = i + 1;
        return this.#push('`', 'literal');
      } else if (character === '$' && this.#source[i + 1] === '{') {
        this.#at = i + 2;
        return this.#bracket('{', 'template');
      }
    }
    return false;
  }

  #bracket(text: string, brace: BraceKind | null): boolean {
    this.#push(text, 'punctuator', brace);
    this.#open.push(this.#tokens.length - 1);
    this.#classes[this.#open.length] = false;
    return true;
  }

  #close(text: '}' | ')' | ']'): boolean {
    const opener = this.#open.pop();
    if (opener === undefined || PAIRS[this.#tokens[opener].text] !== text) return false;
    this.#at += 1;
    const brace = this.#tokens[opener].brace;
    this.#push(text, 'punctuator', brace);
    this.#tokens[opener].pair = this.#tokens.length - 1;
    this.#tokens[this.#tokens.length - 1].pair = opener;
    return brace === 'template' ? this.#template(this.#at, '}') : true;
  }

  #push(text: string, type: Token['type'], brace: BraceKind | null = null): boolean {
    const parent = this.#open.length === 0 ? -1 : this.#open[this.#open.length - 1];
    const start = this.#at - text.length - (brace === 'template' && text === '{' ? 1 : 0);
    this.#tokens.push({ text, type, start, newline: this.#newline, parent, pair: -1, brace });
    this.#newline = false;
    return true;
  }

  #match(pattern: RegExp): string | null {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#source);
    if (found === null) return null;
    this.#at = pattern.lastIndex;
    return found[0];
  }

  #afterDot(index: number): boolean {
    const text = this.#tokens[index - 1]?.text;
    return text === '.' || text === '?.';
  }

  /** Whether a `/` here begins a regular expression, which the token before it tells but for odd code. */
  #regexMayStand(): boolean {
    const index = this.#tokens.length - 1;
    const last = this.#tokens[index];
    if (last === undefined) return true;
    if (last.type === 'literal') return false;
    if (last.type === 'word') return BEFORE_REGEX.has(last.text) && !this.#afterDot(index);
    if (last.text === ')') return this.#opensStatement(last.pair);
    if (last.text === '}') return last.brace === 'block' || last.brace === 'function';
    return last.text !== ']' && last.text !== '++' && last.text !== '--';
  }

  /** Whether the parenthesis at `opener` is that of `if (...)`, `for await (...)` and the like. */
  #opensStatement(opener: number): boolean {
    const before = this.#tokens[opener - 1];
    if (before?.type !== 'word' || this.#afterDot(opener - 1)) return false;
    return PAREN_STATEMENTS.has(before.text) || (before.text === 'await' && this.#tokens[opener - 2]?.text === 'for');
  }

  #brace(): boolean {
    const depth = this.#open.length;
    const kind = this.#braceKind();
    if (kind === 'class') this.#classes[depth] = false;
    return this.#bracket('{', kind);
  }

  #braceKind(): BraceKind {
    const index = this.#tokens.length - 1;
    const last = this.#tokens[index];
    const frame = this.#open.length === 0 ? null : this.#tokens[this.#open[this.#open.length - 1]];
    if (this.#classes[this.#open.length]) return 'class';
    if (last === undefined) return 'block';
    if (last.text === '=>') return 'function';
    if (last.text === ')') return this.#afterParenthesis(last.pair, frame);
    if (last.type === 'word' && !this.#afterDot(index)) {
      if (last.text === 'static' && frame?.brace === 'class') return 'function';
      if (BLOCK_WORDS.has(last.text)) return 'block';
      return OBJECT_WORDS.has(last.text) ? 'object' : 'block';
    }
    if (last.type !== 'punctuator' || last.text === ';' || last.text === '}' || last.text === ']') return 'block';
    if (last.text === '{') return 'block';
    if (last.text === ':') return this.#afterColon(index, frame);
    return 'object';
  }

  #afterParenthesis(opener: number, frame: Token | null): BraceKind {
    if (frame?.brace === 'class' || frame?.brace === 'object') return 'function';
    if (this.#opensStatement(opener)) return 'block';
    for (let i = opener - 1; i >= opener - 3 && i >= 0; i--) if (this.#tokens[i].text === 'function') return 'function';
    // `call()` and a block on the next line; anything else has been told apart above.
    return 'block';
  }

  /** `label: {` and `case x: {` open blocks; `key: {` and `a ? b : {` open objects. */
  #afterColon(index: number, frame: Token | null): BraceKind {
    if (frame !== null && (frame.brace === 'object' || frame.text !== '{')) return 'object';
    const parent = this.#tokens[index].parent;
    for (let i = index - 1, words = 0; i > parent; i--) {
      const token = this.#tokens[i];
      if (token.parent !== parent) continue;
      if (token.text === '?') return 'object';
      if (token.text === 'case' || token.text === 'default') return 'block';
      if (token.text === ';' || token.text === '}') return words === 1 ? 'block' : 'object';
      words++;
    }
    return 'block';
  }
}

const PAIRS: Readonly<Record<string, string>> = { '{': '}', '(': ')', '[': ']' };
