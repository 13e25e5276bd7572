/** Just enough of a TypeScript lexer to take comments out, so that the checks look at code only. */

const REGEX_MAY_FOLLOW =
  /(?:^|[=(,:;!&|?{}[+\-*%<>~^\n]|=>|\b(?:return|typeof|case|in|of|do|else|void|throw|await|yield|new|delete))\s*$/;

/** The source with every comment replaced by blanks; strings, templates and line numbers stay as they are. */
export function withoutComments(source: string): string {
  let out = '';
  let at = 0;
  while (at < source.length) {
    const end = endOfToken(source, at, out);
    const text = source.slice(at, end);
    out += isComment(text) && source[at] === '/' ? blank(text) : text;
    at = end;
  }
  return out;
}

/** The same, with the contents of strings and templates blanked too. */
export function withoutCommentsAndStrings(source: string): string {
  const code = withoutComments(source);
  let out = '';
  let at = 0;
  while (at < code.length) {
    const end = endOfToken(code, at, out);
    const quote = code[at];
    const isString = quote === "'" || quote === '"' || quote === '`';
    out += isString && end - at >= 2 ? quote + blank(code.slice(at + 1, end - 1)) + quote : code.slice(at, end);
    at = end;
  }
  return out;
}

function isComment(text: string): boolean {
  return text.startsWith('//') || text.startsWith('/*');
}

function endOfToken(source: string, at: number, before: string): number {
  const two = source.slice(at, at + 2);
  if (two === '//') return orEnd(source, source.indexOf('\n', at));
  if (two === '/*') return orEnd(source, source.indexOf('*/', at + 2), 2);
  const first = source[at];
  if (first === "'" || first === '"') return endOfQuoted(source, at, first);
  if (first === '`') return endOfTemplate(source, at);
  if (first === '/' && REGEX_MAY_FOLLOW.test(before.slice(-40))) return endOfRegex(source, at);
  return at + 1;
}

function endOfQuoted(source: string, at: number, quote: string): number {
  for (let i = at + 1; i < source.length; i++) {
    if (source[i] === '\\') i++;
    else if (source[i] === quote || source[i] === '\n') return i + 1;
  }
  return source.length;
}

/** A whole template with the expressions in it. Their code is treated as text: no check needs to see into one. */
function endOfTemplate(source: string, at: number): number {
  for (let i = at + 1; i < source.length; i++) {
    if (source[i] === '\\') i++;
    else if (source[i] === '`') return i + 1;
    else if (source.startsWith('${', i)) i = endOfExpression(source, i + 2) - 1;
  }
  return source.length;
}

function endOfExpression(source: string, at: number): number {
  let depth = 1;
  for (let i = at; i < source.length; ) {
    if (source[i] === '{') depth++;
    if (source[i] === '}' && --depth === 0) return i + 1;
    i = endOfToken(source, i, source.slice(Math.max(at, i - 40), i));
  }
  return source.length;
}

function endOfRegex(source: string, at: number): number {
  let inClass = false;
  for (let i = at + 1; i < source.length; i++) {
    const c = source[i];
    if (c === '\\') i++;
    else if (c === '[') inClass = true;
    else if (c === ']') inClass = false;
    else if (c === '\n')
      return at + 1; // a division after all
    else if (c === '/' && !inClass) return i + 1;
  }
  return at + 1;
}

function blank(text: string): string {
  return text.replace(/[^\n]/g, ' ');
}

function orEnd(source: string, index: number, extra = 0): number {
  return index < 0 ? source.length : index + extra;
}
