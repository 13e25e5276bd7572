/**
 * The rules of the architecture as functions from sources to violations, so that each can be shown to fail.
 * `docs/decisions/0001-layers.md` says why.
 */
import { posix } from 'node:path';
import { type Reference, referencesOf } from './imports.js';
import { withoutComments, withoutCommentsAndStrings } from './source_text.js';

/** Path below `src/` (with forward slashes) to source text. */
export type Sources = ReadonlyMap<string, string>;

/** The folders of `src/`, ground first. A file imports from its own folder and from folders further up in this list. */
export const LAYERS = [
  'base',
  'logging',
  'platform',
  'memory',
  'references',
  'serialization',
  'wakeup',
  'sync',
  'channels',
  'handles',
  'sharedctypes',
  'shared_memory',
  'process',
  'net',
  'pool',
  'managers',
  'contexts',
] as const;

/** A layer that may see less than everything below it. */
export const NARROWER: Readonly<Record<string, readonly string[]>> = { references: ['base', 'platform'] };

/** Entry points, which stand on top of all layers. */
export const ENTRY_POINTS = ['index.ts', 'connection.ts', 'managers.ts', 'sharedctypes.ts', 'shared-memory.ts'] as const;

interface Edge extends Reference {
  readonly from: string;
  readonly to: string;
}

/** Files outside the known folders, references upward or out of `src/`, and references to what does not exist. */
export function checkLayers(sources: Sources): string[] {
  const violations = [...sources.keys()].filter((path) => rankOf(path) < 0).map((path) => `${path}: not in a known layer`);
  for (const { from, to, line, specifier } of edges(sources)) {
    const where = `${from}:${line}: '${specifier}'`;
    if (to.startsWith('..')) violations.push(`${where} leaves src/`);
    else if (!sources.has(to)) violations.push(`${where} does not exist`);
    else if (!mayImport(from, to)) violations.push(`${where}: ${layerOf(from)} may not import from ${layerOf(to)}`);
  }
  for (const [from, source] of sources)
    for (const { specifier, line } of referencesOf(source))
      if (/^(multiproc(\/|$)|#)/.test(specifier)) violations.push(`${from}:${line}: '${specifier}': import the file itself`);
  return violations;
}

/** Import cycles between files, each once, as `a.ts -> b.ts -> a.ts`. Types are erased and may refer to each other. */
export function checkCycles(sources: Sources): string[] {
  const next = new Map<string, string[]>();
  for (const { from, to, kind } of edges(sources))
    if (kind === 'import' || kind === 'dynamic') next.set(from, [...(next.get(from) ?? []), to]);
  const cycles = new Set<string>();
  const done = new Set<string>();
  const visit = (path: string, trail: readonly string[]): void => {
    const start = trail.indexOf(path);
    if (start >= 0) return void cycles.add(cycleText(trail.slice(start)));
    if (done.has(path)) return;
    for (const target of next.get(path) ?? []) visit(target, [...trail, path]);
    done.add(path);
  };
  for (const path of [...sources.keys()].sort()) visit(path, []);
  return [...cycles];
}

/** What only `platform/` may do: load native code, and ask which system this is. */
const PLATFORM_ONLY: readonly (readonly [RegExp, string])[] = [
  [/\bprocess\s*\??\.\s*platform\b|\bprocess\s*\[\s*['"]platform['"]\s*\]/, 'process.platform'],
  [/\{[^{}]*\bplatform\b[^{}]*\}\s*=\s*process\b/, 'process.platform'],
  [/\bprocess\s*\.\s*(dlopen|binding|_linkedBinding)\b/, 'native code'],
  [/\bos\s*\.\s*(platform|type|machine)\s*\(/, 'os.platform()'],
  [/\bimport\s*(type\s*)?\{[^}]*\b(platform|machine)\b[^}]*\}\s*from\s*['"](node:)?(os|process)['"]/, 'os.platform()'],
  [/['"`][^'"`\n]*\.node['"`]/, 'native code'],
];
const FFI_MODULE = /^(koffi|@koromix\/|node:ffi$|ffi$|ffi-napi|ref-napi|bindings$|node-gyp-build)/;

export function checkPlatform(sources: Sources): string[] {
  const violations: string[] = [];
  for (const [path, source] of sources) {
    if (layerOf(path) === 'platform') continue;
    const code = withoutComments(source);
    for (const [pattern, what] of PLATFORM_ONLY) {
      const match = pattern.exec(code);
      if (match) violations.push(`${path}:${lineAt(code, match.index)}: ${what} outside platform/`);
    }
    for (const { specifier, line } of referencesOf(source))
      if (FFI_MODULE.test(specifier)) violations.push(`${path}:${line}: '${specifier}' outside platform/`);
    if (/\bkoffi\b/.test(withoutCommentsAndStrings(source))) violations.push(`${path}: koffi outside platform/`);
  }
  return violations;
}

/** A copy by `slice`: of a Buffer that is a view, and what it shows is overwritten by the next message. */
export function checkCopies(sources: Sources): string[] {
  const violations: string[] = [];
  for (const [path, source] of sources) {
    const code = withoutComments(source);
    for (const { index } of code.matchAll(/\b(bytes|body|content|head|encode\([^()]*\)|scratch)[?!]*\s*\.\s*slice\(/gi))
      violations.push(`${path}:${lineAt(code, index)}: slice of bytes: copyBytes copies, subarray makes a view`);
  }
  return violations;
}

/** An entry point re-exports names and does nothing else: no logic, no `export *`, no default. */
export function checkEntryPoint(source: string): string[] {
  const code = withoutComments(source);
  const violations: string[] = [];
  if (/\bexport\s*\*/.test(code)) violations.push('export *: name what is exported');
  if (/\bdefault\b/.test(code.replace(/\bdefault\s+as\b/g, ''))) violations.push('a default export');
  const rest = code
    .replace(/\bexport\s*\*[^;\n]*;?/g, '')
    .replace(/\bexport\s+(type\s+)?\{[^{}]*\}\s*from\s*(['"])[^'"\n]+\2\s*;?/g, '')
    .replace(/\bexport\s*\{\s*\}\s*;?/g, '')
    .trim();
  if (rest !== '') violations.push(`not a re-export: ${rest.split('\n')[0]}`);
  return violations;
}

/** The names an entry point exports: `Pool`, and `type PoolOptions` for what exists for the compiler alone. */
export function exportedNames(source: string): string[] {
  const names: string[] = [];
  for (const [, typeOnly, list] of withoutComments(source).matchAll(/\bexport\s+(type\s+)?\{([^{}]*)\}/g))
    for (const item of list.split(',').map((text) => text.trim())) {
      if (item === '') continue;
      const isType = Boolean(typeOnly) || item.startsWith('type ');
      names.push((isType ? 'type ' : '') + item.replace(/^type\s+/, '').replace(/^.*\sas\s+/, ''));
    }
  return names.sort();
}

function edges(sources: Sources): Edge[] {
  const found: Edge[] = [];
  for (const [from, source] of sources)
    for (const reference of referencesOf(source)) {
      if (!reference.specifier.startsWith('.')) continue;
      const path = posix.join(posix.dirname(from), reference.specifier);
      // A URL may name any file (package.json, a folder); only one that names code is a dependency.
      if (reference.kind === 'url' && !/\.[cm]?[jt]s$/.test(path)) continue;
      found.push({ ...reference, from, to: sources.has(path) ? path : path.replace(/\.([cm]?)js$/, '.$1ts') });
    }
  return found;
}

function mayImport(from: string, to: string): boolean {
  const [own, other] = [layerOf(from), layerOf(to)];
  if (own === other) return true;
  return NARROWER[own] ? NARROWER[own].includes(other) : rankOf(to) < rankOf(from);
}

/** The folder, or for an entry point its own name. */
function layerOf(path: string): string {
  return path.includes('/') ? path.slice(0, path.indexOf('/')) : path;
}

/** Place in the order, counted from the ground; -1 for what has none. */
function rankOf(path: string): number {
  if ((ENTRY_POINTS as readonly string[]).includes(path)) return LAYERS.length;
  return path.includes('/') ? (LAYERS as readonly string[]).indexOf(layerOf(path)) : -1;
}

/** Turned so that it starts at its smallest name: the same cycle found twice is one text. */
function cycleText(cycle: readonly string[]): string {
  const first = cycle.indexOf([...cycle].sort()[0]);
  const turned = [...cycle.slice(first), ...cycle.slice(0, first)];
  return [...turned, turned[0]].join(' -> ');
}

function lineAt(text: string, index: number): number {
  return text.slice(0, index).split('\n').length;
}
