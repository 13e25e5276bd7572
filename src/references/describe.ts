/** From a function to its reference, without importing anything: its module may be in the middle of its own evaluation. */

import { pathToFileURL } from 'node:url';
import { types } from 'node:util';
import { argumentTypeError } from '../base/errors.ts';
import { isFrozen } from '../platform/packaging.ts';
import type { AnyFunction } from './any_function.ts';
import { globalReference, nodeReference } from './builtins.ts';
import type { Place, Script } from './engine.ts';
import { placeOf, scriptSource } from './engine.ts';
import { ModuleText } from './placement.ts';
import type { FunctionReference } from './reference.ts';
import {
  refuseBundled,
  refuseEvaluated,
  refuseInteractive,
  refuseInternal,
  refusePlacement,
  refuseRewritten,
  refuseSourceless,
} from './refusals.ts';
import { remember, rememberedReference, rememberReference } from './remembered.ts';
import { isClassSource, isSourceless, nameOf, sourceHash, sourceOf } from './source_text.ts';

/** Code that no file holds: the REPL, --eval, stdin. */
const INTERACTIVE = /^(?:REPL\d+|\[(?:eval|stdin)\d*\]|.*\/\[(?:eval|stdin)\d*\])$/;
/** How vite-node (vitest) and jest begin the text of a module that they rewrote. */
const REWRITTEN = /^(?:['"]use strict['"];)?\s*(?:\(?\{"Object\.<anonymous>"|(?:\(\s*)?async\s*\(?[^)]*__vi(?:te_ssr)?_)/;
const TEST_FILE = /[./\\](?:test|spec|bench)\.[cm]?[jt]sx?$|[/\\]__tests__[/\\]/;

const texts = new Map<string, ModuleText>();

/**
 * The reference of a function or class: plain data from which another process finds the same function.
 * Throws a FunctionReferenceError for one that cannot travel, as far as this process can tell; the receiver finds the rest.
 */
export function describeFunction(fn: AnyFunction): FunctionReference {
  if (typeof fn !== 'function') throw argumentTypeError(`A function was expected, not ${fn === null ? 'null' : typeof fn}`);
  const known = rememberedReference(fn);
  if (known !== undefined) return known;
  if (types.isProxy(fn)) throw refuseSourceless(fn, true);
  const source = sourceOf(fn);
  if (isSourceless(source)) return rememberBuiltin(fn, globalReference(fn) ?? nodeReference(fn, 'node:internal/'));
  const place = placeOf(fn);
  if (place === null) throw refuseSourceless(fn, false);
  const { url } = place.script;
  if (url.startsWith('node:')) return rememberBuiltin(fn, globalReference(fn) ?? nodeReference(fn, url), refuseInternal);
  const reference = exportReference(fn, source, place);
  remember(fn, reference);
  return reference;
}

function rememberBuiltin(
  fn: AnyFunction,
  reference: FunctionReference | null,
  refuse = (refused: AnyFunction) => refuseSourceless(refused, false),
): FunctionReference {
  if (reference === null) throw refuse(fn);
  rememberReference(fn, reference);
  return reference;
}

function exportReference(fn: AnyFunction, source: string, place: Place): FunctionReference {
  const { script } = place;
  if (script.url === '' || script.url.startsWith('evalmachine.')) throw refuseEvaluated(fn);
  if (INTERACTIVE.test(script.url)) throw refuseInteractive(fn);
  if (isFrozen() && isBundled(script)) throw refuseBundled(fn);
  const text = scriptSource(script);
  const rewritten = !script.isModule && (REWRITTEN.test(text) || !script.isMainContext);
  if (rewritten && (!script.url.startsWith('file:') || TEST_FILE.test(script.url) || nameOf(fn) === ''))
    throw refuseRewritten(fn, place);
  checkPlacement(fn, source, place, text, rewritten);
  const kind = isClassSource(source) ? 'class' : 'function';
  // A rewritten module's file says something else than the text here, and may be an ES module: the name has to do.
  const hash = rewritten ? '' : sourceHash(fn);
  return { form: 'export', kind, url: urlOf(script), name: nameOf(fn), hash, cjs: !rewritten && !script.isModule };
}

/** Whether a bundler put the function into the file that this library is in. */
function isBundled(script: Script): boolean {
  return placeOf(describeFunction)?.script.id === script.id;
}

function checkPlacement(fn: AnyFunction, source: string, place: Place, text: string, rewritten: boolean): void {
  const offset = startOf(source, text, place);
  if (offset === -1) return;
  const module = moduleText(place.script, text);
  const placement = rewritten ? module.wrappedPlacement(offset) : module.placement(offset);
  if (placement.verdict !== 'unknown') throw refusePlacement(fn, place, placement);
}

/** Where the function's text begins. The engine's place lies somewhere inside: at the parameters, or at a class's constructor. */
function startOf(source: string, text: string, { line, column }: Place): number {
  let at = 0;
  for (let i = 0; i < line; i++) {
    const end = text.slice(at).search(/\r\n|[\n\r\u2028\u2029]/);
    if (end === -1) return -1;
    at += end + (text.startsWith('\r\n', at + end) ? 2 : 1);
  }
  at += column;
  const start = text.lastIndexOf(source, at);
  return start !== -1 && at < start + source.length ? start : -1;
}

/** Kept for the few modules whose functions are being described; the text is read again if need be. */
function moduleText(script: Script, text: string): ModuleText {
  let known = texts.get(script.id);
  if (known === undefined) {
    if (texts.size === 8) texts.clear();
    known = new ModuleText(text, script.isModule);
    texts.set(script.id, known);
  }
  return known;
}

function urlOf(script: Script): string {
  return URL.canParse(script.url) && !/^[a-z]:[\\/]/i.test(script.url) ? script.url : pathToFileURL(script.url).href;
}
