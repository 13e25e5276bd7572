/** What a child runs. It joins the session, imports the module of its target, calls it, and exits when its event loop is empty. */
import { writeSync } from 'node:fs';
import { inspect } from 'node:util';
import { setKnowsAllObjectKinds } from '../memory/object_kinds.ts';
import { joinSession } from '../memory/session.ts';
import { platform } from '../platform/current.ts';
import { markChild } from '../references/child_mark.ts';
import { enableImportGuard, runAsTarget } from '../references/import_guard.ts';
import { readImporting } from '../serialization/importing.ts';
import { Reader } from '../serialization/reader.ts';
import { setKindLoader } from '../serialization/registry.ts';
import { waiting } from '../wakeup/waiting.ts';
import { type Orders, takeOrders, type Work } from './environment.ts';
import { becomeChild } from './identity.ts';
import { type Assignment, getReady } from './spare.ts';
import { ordersTaken, readCall } from './start_block.ts';
import { inheritStartMethod } from './start_method.ts';
import { applyChange } from './surroundings.ts';

/** How often a child looks for its parent where the kernel does not end it. */
const PARENT_LOOK_MS = 200;

// The target's module need not import anything of this library, and most children are sent none of its objects.
setKindLoader(() => import('./traveling_classes.ts'));
setKnowsAllObjectKinds(false);
const orders = takeOrders();
let parentLooks: NodeJS.Timeout | undefined;
markChild();
enableImportGuard();
let work: Work = orders;
becomeChild(work.identity);
inheritStartMethod(work.startMethod);
// First of all: a Ctrl-C may come while a worker boots.
if (work.ignoresInterrupt) process.on('SIGINT', ignore);
if (work.pipesOutput) writeAtOnce();
process.on('uncaughtExceptionMonitor', () => {
  // A target that handles it itself says what it wants to say. (A worker's handler is the pool's, and ends it.)
  if (process.listenerCount('uncaughtException') === 0 || work.ignoresInterrupt) announce();
});
process.on('beforeExit', endQuickly);
run(orders);

async function run({ session: address, identity: { daemon, parent }, spare }: Orders): Promise<void> {
  try {
    if (daemon) platform().dieWithParent();
    const session = joinSession(address);
    if (daemon) dieWithoutParent(parent);
    if (spare) await getReady(spare);
    const look = () => readCall(session) ?? (waiting().doorbells.probe(parent) ? undefined : process.exit(1));
    const bytes = look() ?? (await waiting().wait([], look))!;
    if (spare) takeUp(readAssignment(bytes));
    const [target, args] = await readImporting(() => decodeCall(bytes));
    ordersTaken(session);
    await runAsTarget(() => target?.(...args));
  } catch (error) {
    process.stderr.write(`Process ${work.identity.name}:\n${textOf(error)}\n`, () => process.exit(1));
  }
}

/** The event loop is empty, and nobody else could fill it again. Node would take its engine apart piece by piece: a third of what an end costs (3 of 10 ms). */
function endQuickly(): void {
  if (process.listenerCount('beforeExit') === 1) process.exit();
}

/** Node writes the error itself, past `process.stderr`. */
function announce(): void {
  try {
    writeSync(2, `Process ${work.identity.name}:\n`);
  } catch {
    // The reader is slow, or gone.
  }
}

/** What a pipe does not take at once Node keeps for later, and loses when the process exits. */
function writeAtOnce(): void {
  for (const { _handle } of [process.stdout, process.stderr] as { _handle?: { setBlocking?(blocking: boolean): void } }[])
    _handle?.setBlocking?.(true);
}

/** What was thrown may be anything, also what throws when it is shown. */
function textOf(error: unknown): string {
  try {
    return inspect(error);
  } catch {
    return `a thrown ${typeof error} that cannot be shown`;
  }
}

/** A spare becomes what its orders say. */
function takeUp(assignment: Assignment): void {
  work = assignment.work;
  becomeChild(work.identity);
  inheritStartMethod(work.startMethod);
  applyChange(assignment.change);
  if (!work.ignoresInterrupt) process.off('SIGINT', ignore);
  if (work.identity.daemon) return;
  platform().outliveParent();
  clearInterval(parentLooks);
}

function readAssignment(bytes: Uint8Array): Assignment {
  const reader = new Reader();
  try {
    reader.open(bytes, undefined);
    return reader.read() as Assignment;
  } finally {
    reader.close();
  }
}

function ignore(): void {}

function decodeCall(bytes: Uint8Array): [target: (...args: readonly unknown[]) => unknown, args: readonly unknown[]] {
  const reader = new Reader();
  try {
    reader.open(bytes, undefined);
    reader.read();
    process.argv.splice(1, process.argv.length, ...(reader.read() as string[]).slice(1));
    return [reader.read() as () => unknown, reader.read() as unknown[]];
  } finally {
    reader.close();
  }
}

/** The parent may have died before the kernel was told: its doorbell says so. */
function dieWithoutParent(parent: number): void {
  const look = (): void => {
    if (!waiting().doorbells.probe(parent)) process.kill(process.pid, 'SIGKILL');
  };
  look();
  if (!platform().endsOrphans) parentLooks = setInterval(look, PARENT_LOOK_MS).unref();
}
