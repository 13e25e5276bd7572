/** `BaseManager`: objects that live in a process of their own, or in another program's, and are used through proxies. */

import { checkTimeout, type WaitOptions } from '../base/deadlines.ts';
import { argumentTypeError, ManagerGoneError, ProcessError } from '../base/errors.ts';
import { type Address, addressText } from '../net/addresses.ts';
import type { AllowedModules } from '../net/allowed_modules.ts';
import { checkOptions } from '../net/options.ts';
import { currentKey } from '../process/authkey.ts';
import { type StartMethod, startMethodOf } from '../process/start_method.ts';
import { assertNotImporting } from '../references/import_guard.ts';
import { type Client, clientOf } from './client.ts';
import { Door } from './door.ts';
import { firstAnswer, Patience } from './first_answer.ts';
import { Request } from './protocol.ts';
import type { BaseProxy } from './proxy.ts';
import { checkSpec, kindOf, ownRegistry, registryOf, specOf, type TypeOptions } from './registry.ts';
import type { Factories, RegistryInput } from './remote.ts';
import { RemoteHome, type RemoteOptions } from './remote_home.ts';
import { type ListenOptions, Server } from './server.ts';
import { ServerProcess } from './server_start.ts';

export interface ManagerOptions {
  /** Of the server: of one that runs, for `connect()`; where a new one listens for other programs, for `start()` and `getServer()`. Default: this session alone. */
  address?: ManagerAddress;
  /** The key that both sides must have, where they are not of one session. Default: this process's. */
  authkey?: string | Uint8Array;
  /** Whose functions and classes messages from other programs may name. Default: nobody's. */
  allowModules?: AllowedModules;
  /** Whose start method the server's process uses: `getContext('spawn')`. Default: the program's. */
  context?: { getStartMethod(): StartMethod };
}

/** `[host, port]`, the path of a socket, or what `manager.address` gave in the same session. */
export type ManagerAddress = Door | Address;

export interface StartOptions<I extends readonly unknown[] = any> {
  /** Called once in the server's process, before it serves. */
  initializer?: (...args: I) => unknown;
  initargs?: NoInfer<I>;
}

type AnyMaker = ((...args: any[]) => unknown) | (abstract new (...args: any[]) => unknown);
type ManagerClass = abstract new (...args: any[]) => BaseManager;

/** What `define` returns: a class of managers with a method for each typeid. */
export interface DefinedManager<M, Reg> {
  new (options?: ManagerOptions): M & Factories<Reg>;
  readonly prototype: M & Factories<Reg>;
  define: typeof BaseManager.define;
  register: typeof BaseManager.register;
}

/** Something that serves: `getServer()` gives it. */
export interface ManagerServer {
  /** Where clients find it: that of the manager, once it listens there; else, in this session. */
  readonly address: ManagerAddress;
  /** Binds the address of the manager, where it has one: `address` is then the real one. `serveForever` does it too. AddressInUseError, AddressError: the next call tries it again. */
  listen(): Promise<void>;
  /** Serves until `stop()`, or until a client that may do so shuts it down. */
  serveForever(): Promise<void>;
  stop(): void;
}

/**
 * A manager: its server holds objects, and other processes use them through proxies.
 *
 * `class MyManager extends BaseManager.define({ Maths }) {}` makes a class whose managers have a method `Maths(...args)` that makes one. `start()` runs the server in
 * a process of its own, which ends with this one; `connect()` uses one that runs; `getServer()` serves in this process. Follows CPython's `multiprocessing.managers.BaseManager`.
 */
export class BaseManager implements AsyncDisposable {
  readonly #options: ManagerOptions;
  #process: ServerProcess | undefined;
  #home: Door | RemoteHome | undefined;
  /** Ends the use of a server that is reached by its address. */
  #leave: (() => void) | undefined;
  /** Where the server listens for other programs. */
  #listensAt: Address | undefined;
  #state: 'initial' | 'starting' | 'started' | 'connecting' | 'connected' | 'serving' | 'left' | 'shut down' = 'initial';

  /** Throws TypeError for options that are none. */
  constructor(options: ManagerOptions = {}) {
    checkOptions('a manager', options, '{ address, authkey }');
    checkKeyOption(options.authkey);
    checkContext(options.context);
    this.#options = options;
  }

  // biome-ignore-start lint/complexity/noThisInStatic: the class on which they are called
  /**
   * A subclass with a method for each name of the registry: a class, a function, or `{ callable, exposed?, methodToTypeid?, proxyType?, createMethod? }`.
   * Classes and functions are exported, or the manager's class is. Throws TypeError for a name that managers have, and for an entry that is none.
   */
  static define<
    B extends ManagerClass,
    const Reg extends RegistryInput & { [K in Exclude<keyof BaseManager, 'toString'>]?: never },
  >(this: B, registry: Reg): DefinedManager<InstanceType<B>, Reg> {
    if (typeof registry !== 'object' || registry === null)
      throw argumentTypeError(`define: the registry must be an object like { Maths }, not ${kindOf(registry)}`);
    const made = class extends (this as unknown as typeof BaseManager) {};
    Object.defineProperty(made, 'name', { value: this.name });
    for (const [typeid, entry] of Object.entries(registry)) addType(made, typeid, entry);
    return made as unknown as DefinedManager<InstanceType<B>, Reg>;
  }

  /** Adds a typeid to this class and those below it: `manager.create(typeid, ...args)` makes one, as does a method of its name that TypeScript does not know. */
  static register(typeid: string, callable?: AnyMaker | null, options: TypeOptions = {}): void {
    if ((this as unknown) === BaseManager)
      throw argumentTypeError(
        'register: make a subclass first, class MyManager extends BaseManager {}, and register with that: every manager would have it',
      );
    if (typeof options !== 'object' || options === null)
      throw argumentTypeError(
        `register(${String(typeid)}): the options must be an object like { exposed }, not ${kindOf(options)}`,
      );
    addType(this, typeid, { ...options, callable: callable ?? undefined });
  }
  // biome-ignore-end lint/complexity/noThisInStatic: the class on which they are called

  /** @internal The typeids that can be made by name. */
  static typeidsOf(manager: BaseManager, patience: Patience): Promise<string[]> {
    const { address } = manager.#options;
    const server = address instanceof Door || address === undefined ? manager.#label : addressText(address);
    return firstAnswer(manager.#client(), 'typeids', { patience, server });
  }

  /** Where the server is: given to the constructor, or in this session. null before it runs. */
  get address(): ManagerAddress | null {
    const own = this.#home instanceof Door ? this.#home : undefined;
    return this.#listensAt ?? this.#options.address ?? own ?? null;
  }

  /** Starts the server in a process of its own. Rejects with what the initializer throws, FunctionReferenceError when a maker cannot be found there, BootstrapError, ProcessError when it was started before. */
  async start<I extends readonly unknown[]>(options: StartOptions<I> = {}): Promise<void> {
    this.#checkInitial('start()');
    const { initializer, initargs = [] } = options;
    if (initializer !== undefined && typeof initializer !== 'function')
      throw argumentTypeError(
        `initializer must be a function, not ${kindOf(initializer)}: start({ initializer: prepare, initargs: [1] })`,
      );
    if (!Array.isArray(initargs)) throw argumentTypeError(`initargs must be an array, not ${kindOf(initargs)}`);
    assertNotImporting(`${this.constructor.name}.start()`);
    this.#state = 'starting';
    try {
      const more = { initializer, initargs, listen: this.#listenOptions() };
      this.#process = new ServerProcess(this.constructor, this.#startMethod(), more);
      this.#home = await this.#process.ready;
      this.#listensAt = this.#process.address;
      this.#state = 'started';
    } catch (error) {
      this.#state = 'initial';
      this.#process = undefined;
      throw error;
    }
  }

  /**
   * Uses the server at the address that the constructor was given. Rejects with ManagerGoneError when nobody serves there any more; for one of another program as
   * `Client()` of multiproc/connection, with TimeoutError also when it does not answer. `timeout`: for all of it, 20,000 ms by default.
   */
  async connect(options?: WaitOptions): Promise<void> {
    const patience = new Patience(options);
    this.#checkInitial('connect()');
    const { address } = this.#options;
    if (address === undefined)
      throw argumentTypeError(
        'connect: the manager was made without an address: new MyManager({ address }), with that of a manager that serves (manager.address)',
      );
    this.#state = 'connecting';
    try {
      if (address instanceof Door) {
        clientOf(address, this.#label);
        this.#home = address;
      } else {
        const home = await RemoteHome.connect(this.#label, this.#remoteOptions(address), patience);
        this.#home = home;
        this.#leave = home.useFor(this);
      }
      this.#state = 'connected';
    } catch (error) {
      this.#state = 'initial';
      throw error;
    }
  }

  /** A server of this manager's objects in this process. */
  getServer(): ManagerServer {
    this.#checkInitial('getServer()');
    const server = new Server(registryOf(this.constructor));
    this.#home = server.door;
    this.#state = 'serving';
    const listen = this.#listenOptions();
    const manager = this;
    let listening: Promise<void> | undefined;
    return {
      get address() {
        return manager.address!;
      },
      listen() {
        listening ??= (async () => {
          if (listen) manager.#listensAt = await server.listen(listen);
        })().catch((error) => {
          listening = undefined;
          throw error;
        });
        return listening;
      },
      async serveForever() {
        await this.listen();
        await server.serve();
      },
      stop: () => server.stop(),
    };
  }

  /** Makes an object of a typeid, and gives its proxy. Rejects with what its maker throws, RangeError when there is no such typeid. */
  create(typeid: string, ...args: unknown[]): Promise<BaseProxy & Record<string, any>> {
    return this.#ask(Request.CREATE, typeid, args);
  }

  /** How many objects there are proxies of, in any process. */
  numberOfObjects(): Promise<number> {
    return this.#ask(Request.INFO, 'objects', []);
  }

  /** What the server has, for people: ids, typeids, beginnings of texts. */
  debugInfo(): Promise<string> {
    return this.#ask(Request.INFO, 'debug', []);
  }

  /** Ends the server's process that `start` has started, its objects with it. A second call does nothing. */
  async shutdown(): Promise<void> {
    if (this.#state === 'shut down') return;
    if (!this.#process)
      throw new ProcessError(`${this.#label} was not started by start(): only who started a server can shut it down`);
    this.#state = 'shut down';
    await this.#process.shutdown();
  }

  /** Waits until the server's process has ended. False = `timeout` ms have passed. */
  async join(options?: WaitOptions): Promise<boolean> {
    if (!this.#process) throw new ProcessError(`${this.#label} was not started by start(): there is no process to wait for`);
    const timeout = checkTimeout(options);
    const signal = options?.signal;
    signal?.throwIfAborted();
    const { child } = this.#process;
    if (!child.isRunning) return true;
    if (timeout === 0) return false;
    return child.wait(timeout, signal);
  }

  /** Shuts the server down where this manager has started it. One that has connected leaves: what is pending is answered, and the connection closes when the proxies here are gone, too. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#process) await this.shutdown();
    if (this.#state !== 'connected') return;
    this.#state = 'left';
    this.#leave?.();
  }

  toString(): string {
    const pid = this.#process ? ` pid=${this.#process.child.pid}` : '';
    return `<${this.constructor.name} ${this.#state}${pid}>`;
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.toString();
  }

  get #label(): string {
    return this.constructor.name;
  }

  #startMethod(): StartMethod {
    return this.#options.context?.getStartMethod() ?? startMethodOf(this.constructor);
  }

  #key(): Buffer {
    // A copy: the process's own refuses to be sent.
    return Buffer.from(this.#options.authkey ?? currentKey().key);
  }

  #remoteOptions(address: Address): RemoteOptions {
    const { allowModules } = this.#options;
    return { address, authkey: this.#key(), allowModules, registry: registryOf(this.constructor) };
  }

  /** undefined = for this session alone. */
  #listenOptions(): ListenOptions | undefined {
    const { address, allowModules } = this.#options;
    if (address === undefined) return undefined;
    if (address instanceof Door)
      throw argumentTypeError(
        `the address of another manager is for connect(): a new server takes [host, port], or the path of a socket`,
      );
    return { address, authkey: this.#key(), allowModules };
  }

  #checkInitial(what: string): void {
    if (this.#state !== 'initial')
      throw new ProcessError(`${what}: this ${this.#label} is ${this.#state} already: make a new one for each server`);
  }

  #ask(kind: typeof Request.CREATE | typeof Request.INFO, name: string, args: readonly unknown[]): Promise<any> {
    try {
      return this.#client().call(kind, 0, name, args);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  #client(): Client {
    if (this.#state === 'shut down') throw new ManagerGoneError(`this ${this.#label} was shut down: start another one`);
    if (this.#state === 'left') throw new ManagerGoneError(`this ${this.#label} was left by its scope: connect another one`);
    if (!this.#home) throw new ProcessError(`this ${this.#label} has no server yet: await manager.start(), or manager.connect()`);
    return this.#home instanceof Door ? clientOf(this.#home, `this ${this.#label}`) : this.#home.client;
  }
}

/** Names that managers have themselves. */
function isTaken(managerClass: object, typeid: string): boolean {
  return typeid in BaseManager.prototype && !registryOf(managerClass).has(typeid);
}

function addType(managerClass: { readonly prototype: object }, typeid: string, entry: unknown): void {
  const spec = specOf(typeid, entry);
  checkSpec(typeid, spec);
  if (spec.createMethod !== false && isTaken(managerClass, typeid))
    throw argumentTypeError(
      `a typeid cannot be called '${typeid}': every manager has a member of that name. Choose another, or pass createMethod: false`,
    );
  ownRegistry(managerClass).set(typeid, spec);
  if (spec.createMethod === false) return;
  const method = function (this: BaseManager, ...args: unknown[]): Promise<unknown> {
    return this.create(typeid, ...args);
  };
  Object.defineProperty(managerClass.prototype, typeid, { value: method, writable: true, configurable: true });
}

function checkContext(context: unknown): void {
  if (context !== undefined && typeof (context as { getStartMethod?: unknown } | null)?.getStartMethod !== 'function')
    throw argumentTypeError(`context must be one that getContext() gives, not ${kindOf(context)}: getContext('spawn')`);
}

function checkKeyOption(authkey: unknown): void {
  if (authkey !== undefined && typeof authkey !== 'string' && !(authkey instanceof Uint8Array))
    throw argumentTypeError(`authkey must be a string, a Buffer or a Uint8Array, not ${kindOf(authkey)}`);
}
