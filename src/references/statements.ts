/** Where statements begin and end, semicolons written or not. */
import type { Token } from './tokens.ts';

const CONTINUATIONS = new Set('as from of in instanceof else catch finally while'.split(' '));

/** Whether the token at `index` begins a statement of its block. */
export function beginsStatement(tokens: readonly Token[], index: number): boolean {
  const token = tokens[index];
  const before = tokens[index - 1];
  if (before === undefined || index - 1 === token.parent) return true;
  if (before.text === ';') return true;
  if (token.type === 'punctuator' || CONTINUATIONS.has(token.text)) return false;
  if (before.text === '}' && before.brace !== 'object' && before.brace !== 'template') return true;
  const endsExpression = before.type !== 'punctuator' || [')', ']', '}', '++', '--'].includes(before.text);
  return token.newline && endsExpression && !(before.type === 'word' && OPEN_ENDED.has(before.text));
}

/** After these words a statement goes on, also on the next line. */
const OPEN_ENDED = new Set(
  'export default import const let var function class extends async await new typeof void delete case in of'.split(' '),
);

/** The index of the first token of the statement that holds `index`, looking out of parentheses and objects up to the enclosing block. */
export function statementStart(tokens: readonly Token[], index: number): number {
  let i = index;
  while (!isBlock(tokens[tokens[i].parent])) i = tokens[i].parent;
  const parent = tokens[i].parent;
  for (; i > parent + 1; i--) if (tokens[i].parent === parent && beginsStatement(tokens, i)) return i;
  return parent + 1;
}

/** Whether a bracket holds statements; undefined is the top level. */
export function isBlock(token: Token | undefined): boolean {
  return token === undefined || token.brace === 'block' || token.brace === 'function';
}

/** One past the last token of the statement that begins at `start`. */
export function statementEnd(tokens: readonly Token[], start: number): number {
  const parent = tokens[start].parent;
  const end = parent === -1 ? tokens.length : tokens[parent].pair;
  for (let i = start + 1; i < end; i++) if (tokens[i].parent === parent && beginsStatement(tokens, i)) return i;
  return end;
}

/** Whether the token stands in the body of an arrow function that has no braces. */
export function enclosingArrow(tokens: readonly Token[], index: number): 'none' | 'inside' | 'unclear' {
  const parent = tokens[index].parent;
  const inBlock = isBlock(tokens[parent]);
  let colon = false;
  for (let i = index; i > parent; i--) {
    const token = tokens[i];
    if (token.parent !== parent) continue;
    if (i < index && (token.text === ';' || token.text === ',')) return 'none';
    if (token.text === '=>') {
      // A body in braces ends before `index`; and in `a ? (x) => 1 : (y) => 2` the second is not inside the first.
      if (tokens[i + 1].text === '{') return 'none';
      return colon ? 'unclear' : 'inside';
    }
    if (token.text === ':') colon = true;
    if (inBlock && beginsStatement(tokens, i)) return 'none';
  }
  return 'none';
}
