/**
 * What travels in place of a function: plain data, one form for each way in which a function can be named.
 *
 * The layout is read by other processes, which may run another copy of the library: a field is never renamed or given
 * another meaning; a new way of naming is a new `form`, which old readers refuse by name.
 */
import { FunctionReferenceError } from '../base/errors.ts';

/** An export of a module, found from the function itself. */
export interface ExportReference {
  readonly form: 'export';
  readonly kind: 'function' | 'class';
  /** The module, exactly as the engine knows it: a query is part of its identity. */
  readonly url: string;
  /** The function's own name. It breaks ties; the export may have another. */
  readonly name: string;
  /** Of the function's source text; '' where the sender's text differs from the file's, and the name alone has to do. */
  readonly hash: string;
  /** A CommonJS module: loaded by `require`, and its exports are the properties of `module.exports`. */
  readonly cjs: boolean;
}

/** What `ref(url, path)` named: `square`, `default`, `Hasher.digest`. */
export interface MemberReference {
  readonly form: 'member';
  readonly url: string;
  readonly path: string;
}

/** A function that every process has: `Math.max`, or `basename` of `node:path`. */
export interface BuiltinReference {
  readonly form: 'builtin';
  /** '' for the global object. */
  readonly module: string;
  readonly path: string;
}

/** The source text of a self-contained function and the values of its free variables. */
export interface SourceReference {
  readonly form: 'source';
  readonly source: string;
  /** The one part that is not plain data: whoever sends the reference serialises these values, functions included. */
  readonly scope: Readonly<Record<string, unknown>>;
  /** Unique in the session, so that one process builds the function once, and its maker gets its own back. */
  readonly id: string;
}

/** A function that the program gave a name in every process, as bundles must. */
export interface RegisteredReference {
  readonly form: 'registered';
  readonly name: string;
}

export type FunctionReference = ExportReference | MemberReference | BuiltinReference | SourceReference | RegisteredReference;

/** The fields of each form that must be strings. */
const STRINGS: Readonly<Record<FunctionReference['form'], readonly string[]>> = {
  export: ['kind', 'url', 'name', 'hash'],
  member: ['url', 'path'],
  builtin: ['module', 'path'],
  source: ['source', 'id'],
  registered: ['name'],
};

/** Whether `value` is a well-formed reference. It may name something that does not exist. */
export function isFunctionReference(value: unknown): value is FunctionReference {
  return faultOf(value) === null && urlFaultOf(value as FunctionReference) === null;
}

/** `value` as a reference. Throws a FunctionReferenceError that says what is wrong with it: it comes from another process. */
export function checkReference(value: unknown): FunctionReference {
  const fault = faultOf(value);
  if (fault !== null) throw malformed(fault);
  return value as FunctionReference;
}

/** The rest of that check, which costs more than finding a function that is known. */
export function checkUrl(reference: FunctionReference): void {
  const fault = urlFaultOf(reference);
  if (fault !== null) throw malformed(fault);
}

function malformed(fault: string): FunctionReferenceError {
  return new FunctionReferenceError(
    `Another process sent a malformed description of a function: ${fault}. Both sides must run compatible versions of multiproc.`,
  );
}

/** Equal for references that mean the same function, and only for them: of the parts, only the last may hold a line end. */
export function referenceKey(reference: FunctionReference): string {
  switch (reference.form) {
    case 'export':
      return `export\n${reference.url}\n${reference.hash}\n${reference.name}`;
    case 'member':
      return `member\n${reference.url}\n${reference.path}`;
    case 'builtin':
      return `builtin\n${reference.module}\n${reference.path}`;
    case 'source':
      return `source\n${reference.id}`;
    case 'registered':
      return `registered\n${reference.name}`;
  }
}

/** The reference for a person to read: `the function square of file:///app/tasks.js`. */
export function referenceText(reference: FunctionReference): string {
  switch (reference.form) {
    case 'export':
    case 'member':
      return `${memberText(reference)} of ${reference.url}`;
    case 'builtin':
      return reference.module === '' ? reference.path : `${reference.path} of ${reference.module}`;
    case 'source':
      return `a function sent by value (${reference.source.slice(0, 40)}...)`;
    case 'registered':
      return `the registered function ${reference.name}`;
  }
}

/** The same without its module: `the function square`, `Hasher.digest`. */
export function memberText(reference: ExportReference | MemberReference): string {
  if (reference.form === 'member') return reference.path;
  return reference.name === '' ? `an anonymous ${reference.kind}` : `the ${reference.kind} ${reference.name}`;
}

/** Whether the sender's module had been rewritten by a test runner, so that the file may be one that only the runner can load. */
export function isRewritten(reference: FunctionReference): boolean {
  return reference.form === 'export' && reference.hash === '';
}

/** What to tell somebody whose reference is of such a module. */
export const REWRITTEN_ADVICE =
  ' A test runner rewrote this module in the process that sent the function: if it is a test file, move the function out of the test file, into a module of its own.';

function faultOf(value: unknown): string | null {
  if (typeof value !== 'object' || value === null) return `it is ${value === null ? 'null' : `a ${typeof value}`}`;
  const record = value as Record<string, unknown>;
  const strings =
    typeof record.form === 'string' && Object.hasOwn(STRINGS, record.form) ? STRINGS[record.form as 'export'] : null;
  if (strings === null) return `its form is ${String(record.form)}`;
  for (const field of strings) if (typeof record[field] !== 'string') return `its ${field} is not a string`;
  if (record.form === 'export' && record.kind !== 'function' && record.kind !== 'class') return `its kind is ${record.kind}`;
  if (record.form === 'export' && typeof record.cjs !== 'boolean') return 'its cjs is not a boolean';
  if (record.form === 'source' && (typeof record.scope !== 'object' || record.scope === null))
    return 'its scope is not an object';
  return null;
}

function urlFaultOf(reference: FunctionReference): string | null {
  return 'url' in reference && !URL.canParse(reference.url) ? `${reference.url} is not a URL` : null;
}
