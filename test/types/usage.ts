/**
 * Type-level acceptance: this file has to compile, with every `@ts-expect-error` needed, as part of the build.
 * It is never run.
 */
import type { FileHandle } from 'node:fs/promises';
import { type Server, Socket } from 'node:net';
import {
  activeChildren,
  Barrier,
  BoundedSemaphore,
  Condition,
  currentProcess,
  Descriptor,
  Event,
  type Finalizer,
  finalize,
  getAllStartMethods,
  getContext,
  type getLogger,
  getStartMethod,
  isMain,
  JoinableQueue,
  Lock,
  LogLevel,
  logToStderr,
  type ParentProcess,
  Pipe,
  Pool,
  Process,
  parentProcess,
  Queue,
  RLock,
  refs,
  Semaphore,
  SharedArray,
  SimpleQueue,
  type StartMethod,
  setExecArgv,
  setExecutable,
  setLogger,
  setPreload,
  setStartMethod,
  type Task,
  Value,
  type Waitable,
  wait,
  waitSync,
} from 'multiproc';
import { answerChallenge, Client, Connection, deliverChallenge, Listener } from 'multiproc/connection';
import {
  BaseManager,
  BaseProxy,
  type Caller,
  caller,
  connectManager,
  type ManagerAddress,
  type Remote,
} from 'multiproc/managers';
import { array, char, copy, RawArray, RawValue, raw, struct, synchronized, wchar } from 'multiproc/sharedctypes';

type Eq<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const is = <T extends true>(): void => void (0 as unknown as T);

// ---- Process
const q = new Queue<number>();
function work(_q: Queue<number>, _n: number, _tag?: string): void {}
async function none(): Promise<void> {}
function opt(_a?: number): void {}
function pair<A, B>(a: A, b: B): [A, B] {
  return [a, b];
}
new Process({ target: work, args: [q, 3] });
new Process({ target: work, args: [q, 3, 'x'] });
new Process({ target: none });
new Process({ target: none, args: [] });
new Process({ target: opt });
new Process({ target: pair, args: [1, 'a'] });
new Process({ target: Math.max, args: [1, 2] });
new Process({ name: 'x' });
new Process();
// @ts-expect-error the target needs arguments
new Process({ target: work });
// @ts-expect-error wrong type of argument
new Process({ target: work, args: [q, 'x'] });
// @ts-expect-error too many arguments
new Process({ target: none, args: [1] });
class Worker extends Process {
  n: number;
  constructor(n: number) {
    super({ name: 'w' });
    this.n = n;
  }
  override async run(): Promise<number> {
    return this.n;
  }
}
export const list: Process[] = [
  new Process({ target: work, args: [q, 1] }),
  new Worker(3),
  ...activeChildren(),
  currentProcess(),
];
export const exit: number | null = await new Worker(1).start().join({ timeout: 10 });
export const key: Buffer = currentProcess().authkey;
currentProcess().authkey = 'a text';
// @ts-expect-error not a key
currentProcess().authkey = 5;
const parent: ParentProcess | null = parentProcess();
export const ended: boolean | undefined = await parent?.join({ timeout: 10 });
const finalizer: Finalizer<number> = finalize(parent, () => 3, { exitPriority: null });
export const three: number | undefined = finalizer.call();
// @ts-expect-error an object or null
finalize('x', () => {});
export const exitOfTarget: number | null = await new Process({ target: none }).start().join({ timeout: 10 });

// ---- Handles
function useHandles(_server: Server, _socket: Socket, _file: FileHandle, _descriptor: Descriptor): void {}
declare const handles: [Server, Socket, FileHandle, Descriptor];
new Process({ target: useHandles, args: handles });
export const servers: Queue<Server> = new Queue();
export const received: Server = await servers.get();
for (const source of [...handles, 3]) new Descriptor(source);
export const number: number = handles[3].fd + handles[3].detach();
// @ts-expect-error no descriptor
new Descriptor('3');

// ---- Pipe, Queue
const [a, b] = Pipe<string, number>();
await b.send('s');
await a.send(3);
export const r1: string = await a.recv();
// @ts-expect-error this end sends numbers
await a.send('x');
const [rx, tx] = Pipe<string>(false);
export const s2: string = await rx.recv();
await tx.send('x');
// @ts-expect-error the receiving end sends nothing
await rx.send('x');
export const typed: Queue<string> = new Queue();
for await (const item of q) {
  const n: number = item;
  void n;
}
export const maybe: number | undefined = q.tryGet();
const jq = new JoinableQueue<number>(10);
new Process({ target: work, args: [jq, 3] });
export const jobTask: Task<number> = await jq.getTask({ timeout: 1 });
export const taskValue: number = jobTask.value;
jobTask.done();
jq.taskDone();
await jq.join({ timeout: 1 });
jq.joinSync();
export const isDone: boolean = jq.tryJoin();
for await (const { value, redelivered } of jq.tasks()) [value satisfies number, redelivered satisfies boolean];
const simple = new SimpleQueue<string>();
export const s3: string | undefined = simple.tryGet() ?? simple.getSync() ?? (await simple.get());
// @ts-expect-error it has no bound
simple.full();

const child = new Process({ target: none }).start();
const anything: Waitable[] = [a, rx, child, child.sentinel, q, new Event(), new Socket()];
export const ready: Waitable[] = await wait(anything, { timeout: 10 });
export const ends: (typeof rx | typeof child.sentinel)[] = await wait([rx, child.sentinel]);
export const conns: (typeof rx)[] = waitSync([rx]);
// @ts-expect-error a lock is not waited for
await wait([new Lock()]);

// ---- Locks and scopes
const lock = new Lock();
// @ts-expect-error a forgotten await is caught
if (lock.acquire()) {
  // never
}
async function scopes(): Promise<number | undefined> {
  using held = await lock.hold();
  using tried = lock.tryHold();
  if (!tried) return undefined;
  await using p = new Process({ target: none });
  await using pool = new Pool();
  void [held.abandoned, p, pool];
  return lock.runExclusive(async () => 3);
}
is<Eq<Awaited<ReturnType<typeof scopes>>, number | undefined>>();
export async function forgotten(): Promise<void> {
  // @ts-expect-error a promise is no scope
  using _h = lock.hold();
}
export const woke: boolean = await new Event().wait({ timeout: 1 });
export const families: (Lock | RLock | Semaphore | BoundedSemaphore | Condition)[] = [
  lock,
  new RLock(),
  new Semaphore(3),
  new BoundedSemaphore(),
  new Condition(lock),
];
for (const one of families) {
  const always: true = one.acquireSync();
  const perhaps: boolean = one.acquireSync({ timeout: 1 });
  void [always, perhaps];
  one.release();
}
export const served: boolean = await new Condition().waitFor(async () => true, { timeout: 1 });
// @ts-expect-error a condition has a lock
new Condition(new Semaphore());
export const place: number = await new Barrier(2, { action: () => {}, timeout: 10 }).wait();
export const early: number | undefined = new Barrier(2).tryWait();

// ---- Values and arrays
const v = new Value('i', 3);
v.value += 1;
v.add(2);
const vq = new Value('q', 1n);
vq.add(1n);
const vd = new Value('d');
vd.value = 1.5;
export const vb: boolean = new Value('?', true).value;
// @ts-expect-error 64-bit integers are bigint
vq.value = 1;
// @ts-expect-error no atomics on doubles
vd.add(1);
// @ts-expect-error unknown typecode
new Value('z');
const Point = struct({ x: 'd', y: 'd', tag: char(16), pos: struct({ a: 'q', ok: '?' }), arr: array('i', 4) });
const pt = new Value(Point, { x: 1 });
pt.x += 1;
pt.tag = 'hi';
pt.pos.a = 3n;
pt.pos.ok = false;
pt.arr[0] = 2;
// @ts-expect-error a bigint field
pt.pos.a = 3;
const arr = new SharedArray('d', [1, 2, 3]);
export const e0: number = arr.get(0);
new SharedArray('q', 10).set(0, 1n);
export const px: number = new SharedArray(Point, 10).get(0).x;
export const ra: Int32Array = RawArray('i', 10);
export const rb: Float32Array = RawArray(Float32Array, [1, 2]);
Atomics.add(RawArray(Int32Array, 5), 0, 1);
function takes(_v: Value<'i'>, _a: SharedArray<'d'>): void {}
new Process({ target: takes, args: [v, arr] });
is<Eq<typeof v.value, number>>();
is<Eq<ReturnType<typeof vq.exchange>, bigint>>();
// @ts-expect-error no atomics on structs
pt.add(1);
// @ts-expect-error not a field
pt.z = 1;
new Value(Point, { pos: { a: 1n }, arr: [1, 2], tag: 'x' });
// @ts-expect-error a field of another type
new Value(Point, { pos: { a: 1 } });
pt.arr = [1, 2, 3, 4];
pt.value = { x: 1, y: 2, tag: '', pos: { a: 1n, ok: true }, arr: [] };
export const fields: number = Point.fields.pos.offset + Point.size + Point.alignment;
export const text: string = new SharedArray('c', 'hello').value;
export const bytes: Buffer = raw(pt, 'tag');
export const rows: Int32Array = RawArray(array('i', 3), 2)[1] as Int32Array;
export const rp: number = RawArray(Point, 3)[1].x + RawArray(Point, 3).get(1).pos.a.toString().length;
export const wide: string = RawArray('u', 'abc').value + RawValue(wchar(3), 'abc').value;
export const rv: number = RawValue('i', 3).value;
is<Eq<typeof dup, Value<'i'>>>();
const dup = copy(v);
const locked = synchronized(RawArray('i', 10), lock);
is<Eq<typeof locked, SharedArray<'i'>>>();
is<Eq<ReturnType<typeof locked.get>, number>>();
const lockedValue = synchronized(RawValue('q'));
lockedValue.add(1n);
synchronized(RawValue(Point)).x = 2;
export const lp: number = synchronized(RawArray(Point, 2)).get(0).x;
arr.set([1, 2], 1);
export const plain: number[] = arr.slice();
await v.runExclusive(() => v.value++);
using _held = v.holdSync();
export const got: boolean = await v.getLock().acquire({ timeout: 1 });
// @ts-expect-error only texts have one
arr.value = 'x';

// ---- Pool
const pool = new Pool(4);
const sq = (x: number): number => x * x;
const asq = async (x: number): Promise<string> => String(x);
function ident<T>(x: T): T {
  return x;
}
async function* numbers(): AsyncGenerator<number> {
  yield 1;
}
export const m1: number[] = await pool.map(sq, [1, 2]);
export const m2: string[] = await pool.map(asq, new Set([1]));
export const m3: number[] = await pool.map(ident, [1, 2]);
export const m4: number[] = await pool.map(sq, numbers());
export const m5: number[] = await pool.map(Math.sqrt, new Float64Array(3));
await pool.map(parseInt, ['1', '2']);
await pool.map((x: { id: number }) => x, [{ id: 1, e: 2 }]);
// @ts-expect-error items are not numbers
pool.map(sq, ['a']);
export const sm: [number, string][] = await pool.starmap(pair, [
  [1, 'a'],
  [2, 'b'],
]);
export const ap: [number, string] = await pool.apply(pair, [1, 'a']);
export const mx: number = await pool.apply(Math.max, [1, 2, 3]);
await pool.apply(none);
pool
  .apply(sq, [2], { timeout: 100, retries: 2, priority: 1, signal: AbortSignal.timeout(5) })
  .catch(() => 0)
  .finally(() => {});
pool.map(sq, [1], { chunksize: 2, timeout: 5, backoff: (failed) => 2 ** failed }).catch(() => 0);
export const cancelled: boolean = pool
  .applyAsync(sq, [2], { retries: 1, callback: (x: number) => void x })
  .cancel(new Error('no'));
// @ts-expect-error no such limit
pool.imap(sq, [1], { timeout: '1s' });
export const again: Pool = new Pool({ retries: 1 });
// @ts-expect-error arguments are missing
pool.apply(work);
// @ts-expect-error a wrong argument
pool.apply(work, [q, 'x']);
for await (const s of pool.imap(asq, [1, 2])) {
  const z: string = s;
  void z;
}
await pool.imap(asq, [1]).next({ timeout: 100 });
export const both: [number, string] = await Promise.all([pool.apply(sq, [1]), pool.apply(asq, [1])]);
export const syncs: [[number, string], string[], [number, string][]] = [
  pool.applySync(pair, [1, 'a'], { timeout: 100 }),
  pool.mapSync(asq, [1, 2], { chunksize: 1, timeout: 100 }),
  pool.starmapSync(pair, [[1, 'a']]),
];
for (const s of pool.imapSync(asq, [1, 2])) {
  const z: string = s;
  void z;
}
pool.imapSync(asq, [1]).next({ timeout: 100 });
export const gotSync: string = pool.apply(asq, [1]).getSync({ timeout: 100 });
export const maybeSync: string | undefined = pool.apply(asq, [1]).tryGet();
// @ts-expect-error what blocks cannot read async items
pool.mapSync(sq, numbers());
// @ts-expect-error a blocked thread hears no abort
pool.applySync(sq, [1], { signal: AbortSignal.timeout(5) });
new Pool({ shared: [new Map([['a', 1]]), { rows: [1] }] });
// @ts-expect-error only objects are told apart
new Pool({ shared: ['text'] });
function init(_db: string): void {}
export const pools: Pool[] = [new Pool(2), new Pool({ initializer: init, initargs: ['x'] })];
new Pool({ processes: 2, maxTasksPerChild: 10, maxAgePerChild: 60_000, maxMemoryPerChild: 2 ** 30 }).resize(4) satisfies void;
// @ts-expect-error a limit is a number
new Pool({ maxTasksPerChild: '12' });
// @ts-expect-error wrong initargs
new Pool({ initializer: init, initargs: [3] });
declare const tasks: { square(x: number): number };
export const viaRefs: number[] = await pool.map(refs<typeof tasks>(new URL('./tasks.js', import.meta.url)).square, [1]);

// ---- The main part
if (isMain(import.meta)) {
  // guarded
}

// ---- Contexts
const warm = getContext('warm');
const cq = new warm.Queue<number>();
export const same: Queue<number> = cq;
new warm.Process({ target: work, args: [cq, 1] });
// @ts-expect-error the target needs arguments
new warm.Process({ target: work });
export class WarmWorker extends warm.Process {}
export const wholeApi: typeof import('multiproc') = warm;
export const threads = (): typeof import('multiproc') => getContext('thread');
export const sharedInts: SharedArray<'i'> = new warm.Array('i', 3);
is<Eq<typeof warm.struct, typeof struct>>();
export const contextPool: Pool = new warm.Pool({ processes: 1 });
// ---- Start methods
setStartMethod('warm');
setStartMethod('forkserver', { force: true });
// @ts-expect-error 'fork' is none
setStartMethod('fork');
export const method: StartMethod = getStartMethod();
export const noMethod: StartMethod | null = getStartMethod({ allowNone: true });
export const methods: StartMethod[] = getAllStartMethods();
setPreload(['node:zlib', new URL('./tasks.js', import.meta.url)]);
setExecutable('/usr/bin/node');
setExecArgv(['--import', 'tsx']);
// ---- Logging
logToStderr();
logToStderr('info').info('%s', 1);
logToStderr(LogLevel.SUBDEBUG).level = 'SUBWARNING';
is<Eq<ReturnType<ReturnType<typeof getLogger>['getEffectiveLevel']>, number>>();
setLogger(console, 'debug');
setLogger(undefined);
// @ts-expect-error no such level
logToStderr('loud');
// @ts-expect-error a logger has more methods
setLogger({ info() {} });
// ---- Managers
class Sub {
  up(): number {
    return 1;
  }
}
class Maths {
  add(x: number, y: number): number {
    return x + y;
  }
  async slow(): Promise<string> {
    return 'x';
  }
  *gen(n: number): Generator<number> {
    yield n;
  }
  make(): Sub {
    return new Sub();
  }
  fail(): never {
    throw new Error('no');
  }
  who(): Caller {
    return caller();
  }
  _hidden(): void {}
}
class SubProxy extends BaseProxy<Sub> {
  twice(): Promise<number> {
    return this.callMethod<number>('up', []);
  }
}
class MyManager extends BaseManager.define({
  Maths,
  Sub,
  counter: { callable: () => new Map<string, number>(), exposed: ['get', 'set'] },
  Factory: { callable: Maths, methodToTypeid: { make: 'Sub' } },
  Own: { callable: Sub, proxyType: SubProxy },
  late: { callable: async (name: string) => new Set([name]) },
  inner: { callable: Sub, createMethod: false },
}) {}
await using mm = new MyManager({ authkey: 'k' });
await mm.start({ initializer: pair, initargs: [1, 'a'] });
// @ts-expect-error wrong initargs
await mm.start({ initializer: work, initargs: ['a'] });
using maths = await mm.Maths();
export const asRemote: Remote<Maths> = maths;
export const sum: number = await maths.add(1, 2);
export const slow: string = await maths.slow();
for await (const g of maths.gen(3)) {
  const n: number = g;
  void n;
}
is<Eq<ReturnType<typeof maths.fail>, Promise<never>>>();
// @ts-expect-error wrong arguments
maths.add('a');
// @ts-expect-error too few arguments
maths.add(1);
// @ts-expect-error no such method
maths.subtract(1, 2);
// @ts-expect-error not public
maths._hidden();
// @ts-expect-error a forgotten await
export const unawaited: number = maths.add(1, 2);
export const blockingSum: number = maths.sync.add(1, 2);
for (const g of maths.sync.gen(3)) {
  const n: number = g;
  void n;
}
// @ts-expect-error wrong arguments, blocking
maths.sync.add('a');
const counter = await mm.counter();
export const cg: number | undefined = await counter.get('a');
export const copied: Map<string, number> = await counter.getValue();
// @ts-expect-error not exposed
counter.delete('x');
export const up: number = await (await (await mm.Factory()).make()).up();
export const twice: number = await (await mm.Own()).twice();
export const lateSize: boolean = await (await mm.late('x')).has('x');
// @ts-expect-error it takes a string
mm.late(3);
// @ts-expect-error it takes nothing
mm.Maths(3);
// @ts-expect-error made by other methods only
mm.inner();
// @ts-expect-error no such typeid
mm.Other();
// @ts-expect-error a name that BaseManager has
BaseManager.define({ start: Maths });
class More extends MyManager.define({ More: Sub }) {}
export const fromMore: number = await (await new More().More()).up();
export const inherited: number = await (await new More().Maths()).add(1, 2);
declare const address: ManagerAddress;
const connected = await connectManager<MyManager>({
  address,
  authkey: Buffer.from('k'),
  timeout: 1000,
  signal: new AbortController().signal,
});
await new MyManager({ address }).connect({ timeout: 1000 });
export const remoteSum: number = await (await connected.Maths()).add(1, 2);
// @ts-expect-error only who started it shuts it down
connected.shutdown();
await connected[Symbol.asyncDispose]();
new MyManager({ context: getContext('spawn') });
// @ts-expect-error no context
new MyManager({ context: 'spawn' });
MyManager.register('Other', Sub, { exposed: ['up'], createMethod: true });
// @ts-expect-error no such option
MyManager.register('Other', Sub, { exposes: ['up'] });
new Process({ target: async (_m: Remote<Maths>) => {}, args: [maths] });

// ---- Listener, Client
const listener = new Listener<string, number>({ address: ['localhost', 0], authkey: 'k', allowMd5: true, backlog: 5 });
for await (const connection of listener) await connection.send(3);
export const accepted: Connection<string, number> = await listener.accept({ timeout: 10 });
export const visitor: Connection<number, string> = await Client<number, string>(listener.address!, { serializer: 'json' });
export const visitors: Queue<Connection<number, string>> = new Queue();
await visitors.put(visitor);
await deliverChallenge(visitor, 'k');
await answerChallenge(visitor, Buffer.from('k'), { allowMd5: true, timeout: 10 });
new Listener({ allowModules: [new URL('./tasks.js', import.meta.url), '/app/'], family: 'AF_UNIX' });
// @ts-expect-error wrong type of value
await visitor.send(3);
// @ts-expect-error no address
await Client(5);
// @ts-expect-error no such family
new Listener({ family: 'AF_INET6' });
// @ts-expect-error abstract: Pipe, Client and Listener make connections
new Connection();
