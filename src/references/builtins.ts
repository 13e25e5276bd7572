/** Functions that every process has: those of the global object and of Node's own modules. They travel by path. */
import type { AnyFunction } from './any_function.ts';
import type { BuiltinReference } from './reference.ts';
import { nameOf } from './source_text.ts';

/** The modules searched for a function of Node's own whose public module its script does not name. */
const MODULES = [
  'assert',
  'buffer',
  'child_process',
  'crypto',
  'dns',
  'dns/promises',
  'events',
  'fs',
  'fs/promises',
  'http',
  'https',
  'net',
  'os',
  'path',
  'perf_hooks',
  'querystring',
  'stream',
  'stream/promises',
  'string_decoder',
  'timers',
  'timers/promises',
  'url',
  'util',
  'v8',
  'vm',
  'worker_threads',
  'zlib',
];

/** The path of `fn` from the global object: `parseInt`, `Math.max`, `Array.prototype.map`. */
export function globalReference(fn: AnyFunction): BuiltinReference | null {
  const path = pathFrom(globalThis, fn);
  return path === null ? null : { form: 'builtin', module: '', path };
}

/** The module and path of a function whose script is `url`, a `node:` one. */
export function nodeReference(fn: AnyFunction, url: string): BuiltinReference | null {
  const named = url.slice('node:'.length);
  const names = named.startsWith('internal/') ? MODULES : [named, ...MODULES];
  for (const name of names) {
    const namespace = nodeModule(`node:${name}`);
    const path = namespace === undefined ? null : pathFrom(namespace, fn);
    if (path !== null) return { form: 'builtin', module: `node:${name}`, path };
  }
  return null;
}

/** The function at a path, or undefined. */
export function builtinFunction(reference: BuiltinReference): AnyFunction | undefined {
  let value: unknown = reference.module === '' ? globalThis : nodeModule(reference.module);
  for (const key of reference.path.split('.')) {
    if (!isHolder(value) || !Object.hasOwn(value, key)) return undefined;
    value = (value as Record<string, unknown>)[key];
  }
  return typeof value === 'function' ? value : undefined;
}

function nodeModule(name: string): object | undefined {
  return process.getBuiltinModule(name) as object | undefined;
}

function pathFrom(root: object, fn: AnyFunction): string | null {
  const name = nameOf(fn);
  if (valueOf(root, name, true) === fn) return name;
  for (const key of Object.getOwnPropertyNames(root)) {
    const owner = valueOf(root, key, false);
    if (owner === fn) return key;
    if (!isHolder(owner) || owner === root) continue;
    if (valueOf(owner, name, false) === fn) return `${key}.${name}`;
    const prototype = typeof owner === 'function' ? valueOf(owner, 'prototype', false) : undefined;
    if (isHolder(prototype) && valueOf(prototype, name, false) === fn) return `${key}.prototype.${name}`;
  }
  return null;
}

/** An own property. Accessors are read only where they are asked for by name: reading some of them loads modules, or warns. */
function valueOf(owner: object, key: string, accessors: boolean): unknown {
  const property = Object.getOwnPropertyDescriptor(owner, key);
  if (property?.get === undefined) return property?.value;
  return accessors || ACCESSORS.has(key) ? (owner as Record<string, unknown>)[key] : undefined;
}

const ACCESSORS = new Set(['Buffer', 'process']);

function isHolder(value: unknown): value is object {
  return (typeof value === 'object' && value !== null) || typeof value === 'function';
}
