/** Finding a function among what a module exports. */
import { FunctionReferenceError } from '../base/errors.ts';
import type { AnyFunction } from './any_function.ts';
import type { Exports } from './modules.ts';
import type { ExportReference, MemberReference } from './reference.ts';
import { isRewritten, memberText, REWRITTEN_ADVICE } from './reference.ts';
import { isClassSource, sourceHash, sourceOf } from './source_text.ts';

type Holder = Readonly<Record<string, unknown>>;

/**
 * The export whose source text is the function's: first one of the same name, then any. The members of a default export count too, since
 * that is what `import` makes of `module.exports`.
 */
export function findExport(exports: Exports, reference: ExportReference): AnyFunction {
  const matches = (value: unknown): value is AnyFunction =>
    typeof value === 'function' && (reference.hash === '' || sourceHash(value) === reference.hash);
  const holders = holdersOf(exports);
  for (const holder of holders) {
    const named = read(holder, reference.name);
    if (matches(named)) return named;
  }
  if (reference.hash !== '')
    for (const holder of holders)
      for (const value of [holder, ...Object.keys(holder).map((key) => read(holder, key))]) if (matches(value)) return value;
  throw missing(reference, holders);
}

/** The member at a path: `square`, `default`, `Hasher.digest`. A method is bound to its owner, as the call `Hasher.digest()` would be. */
export function findMember(exports: Exports, reference: MemberReference): AnyFunction {
  const [head, ...rest] = reference.path.split('.');
  let owner: unknown;
  let value = memberHead(exports, head);
  for (const key of rest) {
    owner = value;
    value = isHolder(owner) ? owner[key] : undefined;
  }
  if (typeof value !== 'function')
    throw new FunctionReferenceError(
      `ref('${reference.url}', '${reference.path}') names no function: it is ${value === null ? 'null' : typeof value}. ` +
        `The module exports ${Object.keys(exports).join(', ') || 'nothing'}.`,
    );
  return owner === undefined || isClassSource(sourceOf(value)) ? value : value.bind(owner);
}

function memberHead(exports: Exports, head: string): unknown {
  for (const holder of holdersOf(exports)) if (head in holder) return holder[head];
  return head === 'default' ? exports : undefined;
}

function holdersOf(exports: Exports): Holder[] {
  const namespace = exports as Holder;
  const holders = [namespace];
  const fallback = read(namespace, 'default');
  if (isHolder(fallback)) holders.push(fallback);
  return holders;
}

/** An export that is still in its temporal dead zone, or whose getter throws, is none. */
function read(holder: Holder, key: string): unknown {
  try {
    return Object.hasOwn(holder, key) ? holder[key] : undefined;
  } catch {
    return undefined;
  }
}

function isHolder(value: unknown): value is Holder {
  return (typeof value === 'object' && value !== null) || typeof value === 'function';
}

function missing(reference: ExportReference, holders: readonly Holder[]): FunctionReferenceError {
  const { name, url } = reference;
  const changed = holders.some((holder) => typeof read(holder, name) === 'function');
  const message = changed
    ? `${url} exports another ${name} than the one that was sent: the source text differs. ` +
      'The file was changed while the program ran, or the processes load it differently (give children the same loader with execArgv).'
    : `${url} does not export ${memberText(reference)}, so this process cannot find it. Add "export" to it, ` +
      'or, if the module makes it by calling another function, name it with ref(url, name).';
  return new FunctionReferenceError(message + (isRewritten(reference) ? REWRITTEN_ADVICE : ''));
}
