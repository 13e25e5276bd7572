/** The source text of functions, which is the same in every process that loads the same module. */
import type { AnyFunction } from './any_function.ts';

const NATIVE = /\{\s*\[native code\]\s*\}\s*$/;
const hashes = new WeakMap<AnyFunction, string>();

/** `Function.prototype.toString`, whatever the function says its own is. */
export function sourceOf(fn: AnyFunction): string {
  return Function.prototype.toString.call(fn);
}

/** Whether the engine shows no source: natives, bound functions and callable proxies. */
export function isSourceless(source: string): boolean {
  return NATIVE.test(source);
}

export function isClassSource(source: string): boolean {
  return /^class\b/.test(source) || source.startsWith('@');
}

/**
 * 53 bits and the length, computed here because loading `node:crypto` costs more than all hashes of a program.
 * It has to tell apart the exports of one module, not to resist anybody.
 */
export function sourceHash(fn: AnyFunction): string {
  let hash = hashes.get(fn);
  if (hash === undefined) {
    hash = textHash(sourceOf(fn));
    hashes.set(fn, hash);
  }
  return hash;
}

export function textHash(text: string): string {
  let high = 0xdeadbeef ^ text.length;
  let low = 0x41c6ce57 ^ text.length;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    high = Math.imul(high ^ unit, 2654435761);
    low = Math.imul(low ^ unit, 1597334677);
  }
  high = Math.imul(high ^ (high >>> 16), 2246822507) ^ Math.imul(low ^ (low >>> 13), 3266489909);
  low = Math.imul(low ^ (low >>> 16), 2246822507) ^ Math.imul(high ^ (high >>> 13), 3266489909);
  return `${text.length.toString(36)}-${(4294967296 * (2097151 & low) + (high >>> 0)).toString(36)}`;
}

/** The function's name where it is a plain string: a static member called `name` may stand in its place. */
export function nameOf(fn: AnyFunction): string {
  const own = Object.getOwnPropertyDescriptor(fn, 'name');
  return typeof own?.value === 'string' ? own.value : '';
}
