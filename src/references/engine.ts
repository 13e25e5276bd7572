/**
 * What only the engine knows of a function: the script and place where it is written. An in-process inspector session tells it
 * synchronously: 20 ms for the first session of a process, 4 ms for a later one, 0.3 ms a function. The session is shared by everything that
 * happens before the event loop turns, then closed. It pauses nowhere (`debugger` statements neither), keeps no process alive, and
 * stands beside other sessions: `--inspect`, coverage.
 */

import type { Debugger, Runtime, Session } from 'node:inspector';
import { FunctionReferenceError } from '../base/errors.ts';
import type { AnyFunction } from './any_function.ts';

export interface Script {
  readonly id: string;
  /** '' for `eval` and `new Function`; where the text names itself (`//# sourceURL`), that name. */
  readonly url: string;
  readonly isModule: boolean;
  /** False in another `vm` context, as jest makes. */
  readonly isMainContext: boolean;
}

export interface Place {
  readonly script: Script;
  /** From 0, in the text that the engine runs. */
  readonly line: number;
  readonly column: number;
}

/** Both realms of a program that uses `vm` reach this object, and its registered symbols. */
const SHELF = Symbol.for('multiproc.references.function');
const ON_SHELF = 'process.getBuiltinModule("node:inspector").Session[Symbol.for("multiproc.references.function")]';

let current: EngineSession | null = null;

/** Where `fn` is written; null for functions without a text: natives, bound functions, proxies. */
export function placeOf(fn: AnyFunction): Place | null {
  return engine().placeOf(fn);
}

/** The text that the engine runs, which a loader may have made from the file's. */
export function scriptSource(script: Script): string {
  return engine().source(script.id);
}

/** Whether this thread has parsed the script of `url`, be it evaluated or not. */
export function isParsed(url: string): boolean {
  return engine().isParsed(url);
}

/** Every living function of this thread called `name` for which `test` holds. Costs a garbage collection and 40 ms: a last resort. */
export function findFunctions(name: string, test: (fn: AnyFunction) => boolean): AnyFunction[] {
  return engine().functionsNamed(name).filter(test);
}

function engine(): EngineSession {
  if (current !== null) return current;
  const session = new EngineSession();
  current = session;
  setImmediate(() => {
    if (current === session) current = null;
    session.close();
  }).unref();
  return session;
}

class EngineSession {
  readonly #session: Session;
  readonly #scripts = new Map<string, Script>();
  readonly #shelf: Record<symbol, unknown>;

  constructor() {
    const inspector = loadInspector();
    this.#shelf = inspector.Session as unknown as Record<symbol, unknown>;
    this.#session = new inspector.Session();
    connect(this.#session);
    this.#session.on('Debugger.scriptParsed', ({ params }) => this.#parsed(params));
    this.#post('Debugger.setSkipAllPauses', { skip: true });
    this.#post('Debugger.enable', { maxScriptsCacheSize: 0 });
  }

  close(): void {
    this.#session.disconnect();
  }

  placeOf(fn: AnyFunction): Place | null {
    const objectId = this.#handle(fn);
    const { internalProperties = [] } = this.#post<Runtime.GetPropertiesReturnType>('Runtime.getProperties', {
      objectId,
      ownProperties: true,
    });
    this.#post('Runtime.releaseObject', { objectId });
    const location = internalProperties.find(({ name }) => name === '[[FunctionLocation]]')?.value?.value as
      | Debugger.Location
      | undefined;
    const script = location === undefined ? undefined : this.#scripts.get(location.scriptId);
    return script === undefined ? null : { script, line: location!.lineNumber, column: location!.columnNumber ?? 0 };
  }

  source(scriptId: string): string {
    return this.#post<Debugger.GetScriptSourceReturnType>('Debugger.getScriptSource', { scriptId }).scriptSource;
  }

  isParsed(url: string): boolean {
    for (const script of this.#scripts.values()) if (script.url === url) return true;
    return false;
  }

  functionsNamed(name: string): AnyFunction[] {
    const prototypeObjectId = this.#evaluate('Function.prototype');
    const { objects } = this.#post<Runtime.QueryObjectsReturnType>('Runtime.queryObjects', { prototypeObjectId });
    // `name` may be a getter or a proxy's trap: only a plain own value is looked at.
    const functionDeclaration = `function(name) {
      ${ON_SHELF} = this.filter((fn) => typeof fn === 'function' && Object.getOwnPropertyDescriptor(fn, 'name')?.value === name);
    }`;
    try {
      this.#post('Runtime.callFunctionOn', { objectId: objects.objectId, functionDeclaration, arguments: [{ value: name }] });
      return (this.#shelf[SHELF] as AnyFunction[] | undefined) ?? [];
    } finally {
      delete this.#shelf[SHELF];
      for (const objectId of [objects.objectId, prototypeObjectId]) this.#post('Runtime.releaseObject', { objectId });
    }
  }

  #handle(fn: AnyFunction): string {
    this.#shelf[SHELF] = fn;
    try {
      return this.#evaluate(ON_SHELF);
    } finally {
      delete this.#shelf[SHELF];
    }
  }

  #evaluate(expression: string): string {
    return this.#post<Runtime.EvaluateReturnType>('Runtime.evaluate', { expression, silent: true }).result.objectId!;
  }

  #parsed(script: Debugger.ScriptParsedEventDataType): void {
    const { isDefault = true } = (script.executionContextAuxData ?? {}) as { isDefault?: boolean };
    this.#scripts.set(script.scriptId, {
      id: script.scriptId,
      url: urlOf(script),
      isModule: script.isModule === true,
      isMainContext: isDefault,
    });
  }

  /** An in-process session answers before `post` returns. */
  #post<T>(method: string, params: object): T {
    let outcome: { error: Error | null; result: unknown } | null = null;
    this.#session.post(method, params, (error, result) => {
      outcome = { error, result };
    });
    const { error, result } = outcome ?? { error: new Error('no answer'), result: undefined };
    if (error !== null)
      throw new FunctionReferenceError(`The engine's inspector failed at ${method}: ${error.message}`, { cause: error });
    return result as T;
  }
}

/** The name that the loader gave the script, not the one that the text gives itself: nobody can import that. */
function urlOf(script: Debugger.ScriptParsedEventDataType & { embedderName?: string }): string {
  return script.hasSourceURL && script.embedderName !== undefined ? script.embedderName : script.url;
}

/** Loaded at its first use: children that only receive functions never need it, and a Node without it can still use `ref`. */
function loadInspector(): typeof import('node:inspector') {
  try {
    const inspector = process.getBuiltinModule('node:inspector');
    if (inspector !== undefined) return inspector;
  } catch (error) {
    throw noInspector(error);
  }
  throw noInspector(undefined);
}

function connect(session: Session): void {
  try {
    session.connect();
  } catch (error) {
    throw noInspector(error);
  }
}

function noInspector(cause: unknown): FunctionReferenceError {
  return new FunctionReferenceError(
    'The inspector, which finds where a function is written, is not available in this Node or not permitted (under --permission it takes ' +
      '--allow-inspector, where Node has that option). Name the function with ref(url, name) instead.',
    { cause },
  );
}
