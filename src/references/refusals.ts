/** Why a function cannot travel, and what to do about it: the errors that a caller sees when it passes such a function. */

import { findSourceMap } from 'node:module';
import { fileURLToPath } from 'node:url';
import { FunctionReferenceError } from '../base/errors.ts';
import type { AnyFunction } from './any_function.ts';
import type { Place } from './engine.ts';
import type { Placement } from './placement.ts';
import { isClassSource, nameOf, sourceOf } from './source_text.ts';

const BY_VALUE = 'or send its source with byValue(fn, { scope }) if it needs nothing around it';

export function refuseSourceless(fn: AnyFunction, isProxy: boolean): FunctionReferenceError {
  const name = nameOf(fn);
  if (isProxy)
    return refusal('A Proxy of a function', 'only the process that made the Proxy has its handler', 'Send the function itself');
  if (name.startsWith('bound '))
    return refusal(
      `The function "${name}"`,
      'a bound function has no place in a file, and its bound values exist in this process only',
      'Export a function at the top level of a module, and pass the bound values as arguments',
    );
  return refusal(
    `The native function ${name || '(anonymous)'}`,
    'it is not reachable from the global object or a module of Node, so no other process can find it',
    'Call it from a function that a module exports',
  );
}

export function refuseEvaluated(fn: AnyFunction): FunctionReferenceError {
  return refusal(
    describe(fn),
    'it was made by eval, new Function or vm and stands in no file',
    `Export it from a module, ${BY_VALUE}`,
  );
}

export function refuseInteractive(fn: AnyFunction): FunctionReferenceError {
  return refusal(
    describe(fn),
    'it was typed into the REPL, or came by --eval or stdin, where no other process can import it from',
    `Put it in a file and export it, ${BY_VALUE}`,
  );
}

export function refuseBundled(fn: AnyFunction): FunctionReferenceError {
  const known = /^[A-Za-z_$][\w$]*$/.test(nameOf(fn)) ? nameOf(fn) : 'work';
  return refusal(
    describe(fn),
    'it is part of a bundle, whose children know the functions and classes that freezeSupport was given, and this is none of them',
    `Add it to those in the first line of the program: await freezeSupport({ ${known} })`,
  );
}

export function refuseRewritten(fn: AnyFunction, place: Place): FunctionReferenceError {
  return refusal(
    describe(fn, place),
    'it is in a module that a test runner rewrites, which no other process can import',
    'Move it out of the test file, into a module of its own, and export it there',
  );
}

export function refuseInternal(fn: AnyFunction): FunctionReferenceError {
  return refusal(
    describe(fn),
    "it is one of Node's own, but no public module exports it",
    'Call it from a function that a module exports',
  );
}

export function refusePlacement(fn: AnyFunction, place: Place, placement: Placement): FunctionReferenceError {
  const who = describe(fn, place);
  switch (placement.verdict) {
    case 'nested': {
      const within = placement.within === '' ? 'another function' : placement.within;
      const why = `it is created inside ${within}, whose variables exist in this process only`;
      const fix = `Move it to the top level of its module and export it; or name the export that holds it with ref(url, name); ${BY_VALUE}`;
      return refusal(who, why, fix);
    }
    case 'method': {
      const owner = placement.ofClass || 'a class';
      const fix = placement.isStatic
        ? `Name it with ref(import.meta.url, '${owner}.${nameOf(fn)}'), where ${owner} is exported`
        : 'Export a function that calls the method, and pass the object as an argument';
      return refusal(who, `it is a method of ${owner}, not an export of its module`, fix);
    }
    default: {
      if (declares(fn)) return refusal(who, 'it is not exported from its module', `Add "export" to it, ${BY_VALUE}`);
      const why = 'it is written in place, and not exported from its module';
      return refusal(who, why, `Give it a name at the top level of its module and export it, ${BY_VALUE}`);
    }
  }
}

function refusal(who: string, why: string, fix: string): FunctionReferenceError {
  return new FunctionReferenceError(`${who} cannot be sent to another process: ${why}. ${fix}.`);
}

/** `square (/app/tasks.js:3:8)`, `An anonymous arrow function (/app/main.js:10:20)`. */
function describe(fn: AnyFunction, place?: Place): string {
  const source = sourceOf(fn);
  const name = nameOf(fn);
  const kind = isClassSource(source) ? 'class' : isArrow(source) ? 'arrow function' : 'function';
  const who = name === '' ? `An anonymous ${kind}` : `The ${kind} ${name}`;
  return place === undefined ? who : `${who} (${where(place)})`;
}

function declares(fn: AnyFunction): boolean {
  return nameOf(fn) !== '';
}

function isArrow(source: string): boolean {
  return /^(?:async\b\s*)?(?:\([^)]*\)|[\w$]+)\s*=>/.test(source);
}

/** file:line:column, as the author wrote it where a source map tells. */
function where({ script, line, column }: Place): string {
  const entry = findSourceMap(script.url)?.findEntry(line, column);
  const [url, atLine, atColumn] =
    entry !== undefined && 'originalLine' in entry
      ? [script.url, entry.originalLine, entry.originalColumn]
      : [script.url, line, column];
  return `${url.startsWith('file:') ? fileURLToPath(url) : url}:${atLine + 1}:${atColumn + 1}`;
}
