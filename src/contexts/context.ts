/** Contexts: the whole interface as an object whose processes and pools are started by one method. */
import { StartMethodError } from '../base/errors.ts';
import { type Manager, startManager } from '../managers/manager.ts';
import { Pool } from '../pool/pool.ts';
import { Process } from '../process/process.ts';
import {
  checkStartMethod,
  getStartMethod,
  START_METHOD,
  type StartMethod,
  type setStartMethod,
} from '../process/start_method.ts';
import { SharedArray } from '../sharedctypes/shared_array.ts';
import * as everything from './everything.ts';

/** What `multiproc` exports, and what `multiproc/sharedctypes` and `multiproc/shared-memory` do; `SharedArray` is `Array` as well. */
export type Context = typeof everything & {
  readonly Process: typeof Process;
  readonly Pool: typeof Pool;
  readonly Manager: typeof Manager;
  readonly Array: typeof SharedArray;
  readonly getContext: typeof getContext;
  readonly getStartMethod: typeof getStartMethod;
  /** Refuses: a context has its method for ever. */
  readonly setStartMethod: typeof setStartMethod;
};

const contexts = new Map<StartMethod, Context>();
const CLASS_NAMES: Readonly<Record<StartMethod, string>> = { spawn: 'SpawnProcess', warm: 'WarmProcess' };

/**
 * The interface with another start method, for a part of a program, or for a library: the program's own choice stays as it is, and stays open.
 * Without a method it is the program's, which is fixed by asking. The children of a context's processes use its method. Throws StartMethodError.
 */
export function getContext(method?: StartMethod | 'forkserver' | 'thread'): Context {
  if (method === 'thread')
    throw new StartMethodError(
      "getContext('thread') and multiproc/dummy, this interface on worker threads, do not exist yet: use 'spawn' or 'warm'",
    );
  const chosen = method === undefined ? getStartMethod() : checkStartMethod(method);
  const context = contexts.get(chosen) ?? makeContext(chosen);
  contexts.set(chosen, context);
  return context;
}

function makeContext(method: StartMethod): Context {
  const context: Context = Object.freeze({
    ...everything,
    Array: SharedArray,
    Process: processClass(method),
    Pool: poolClass(method),
    Manager: (options) => startManager(options, method),
    getContext: (other?: Parameters<typeof getContext>[0]) => (other === undefined ? context : getContext(other)),
    getStartMethod: (() => method) as typeof getStartMethod,
    setStartMethod: () => {
      throw new StartMethodError(
        `this context's start method is '${method}' for ever: call setStartMethod() of the package, or getContext() with another one`,
      );
    },
  });
  return context;
}

function processClass(method: StartMethod): typeof Process {
  class ContextProcess<A extends readonly unknown[] = any> extends Process<A> {
    static readonly [START_METHOD] = method;
  }
  return Object.defineProperty(ContextProcess, 'name', { value: CLASS_NAMES[method] });
}

function poolClass(method: StartMethod): typeof Pool {
  class ContextPool<I extends readonly unknown[] = any> extends Pool<I> {
    static readonly [START_METHOD] = method;
  }
  return Object.defineProperty(ContextPool, 'name', { value: 'Pool' });
}
