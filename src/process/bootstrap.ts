/** What a child runs. It joins the session, imports the module of its target, calls it, and exits when its event loop is empty. */
import { announce as tellEvent } from '../logging/events.ts';
import { inheritLogging } from '../logging/logger.ts';
import { setKnowsAllObjectKinds } from '../memory/object_kinds.ts';
import { joinSession } from '../memory/session.ts';
import { platform } from '../platform/current.ts';
import { markChild } from '../references/child_mark.ts';
import { enableImportGuard, runAsTarget } from '../references/import_guard.ts';
import { readImporting } from '../serialization/importing.ts';
import { setKindLoader } from '../serialization/registry.ts';
import { waiting } from '../wakeup/waiting.ts';
import { KeyHolder, setCurrentKey } from './authkey.ts';
import { decodeCall, type Inherited, readAssignment } from './call.ts';
import { type Orders, takeOrders, type Work } from './environment.ts';
import { becomeChild, currentIdentity } from './identity.ts';
import { keepLastWords } from './last_words.ts';
import { runOwnCall, setOwnCall } from './own_call.ts';
import { getReady } from './preload.ts';
import { endQuickly, limitEnd } from './quick_end.ts';
import { ordersTaken, readCall } from './start_block.ts';
import { inheritStartMethod } from './start_method.ts';
import { type Assignment, applyChange } from './surroundings.ts';
import { thrownText } from './thrown_text.ts';
import { writeAll, writeAtOnce } from './whole_output.ts';

/** How often a child looks for its parent where the kernel does not end it. */
const PARENT_LOOK_MS = 200;

// The target's module need not import anything of this library, and most children are sent none of its objects.
setKindLoader(() => import('./traveling_classes.ts'));
setKnowsAllObjectKinds(false);
const orders = takeOrders();
let parentLooks: NodeJS.Timeout | undefined;
let remember: ((text: string) => void) | undefined;
markChild();
enableImportGuard();
let work: Work = orders;
become();
// First of all: a Ctrl-C may come while a worker boots.
if (work.ignoresInterrupt) process.on('SIGINT', ignore);
writeAtOnce(work.pipesOutput);
process.on('uncaughtExceptionMonitor', (error) => {
  // A worker's own handler, which comes later, writes it by itself.
  const isUnhandled = process.listenerCount('uncaughtException') === 0;
  if (isUnhandled) remember?.(`${thrownText(error)}\n`);
  // A target that handles it itself says what it wants to say. (A worker's handler is the pool's, and ends it.)
  if (isUnhandled || work.ignoresInterrupt) announce();
  if (isUnhandled) limitEnd();
});
endQuickly();
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
    if (work.keepsLastWords) remember = keepLastWords(address.directory, address.self);
    const call = await readImporting(() => decodeCall(bytes, inherit));
    ordersTaken(session);
    setOwnCall(call);
    tellEvent('multiproc:process.run', () => ({ name: currentIdentity().name, pid: process.pid }));
    await runAsTarget(runOwnCall);
  } catch (error) {
    process.stderr.write(`Process ${currentIdentity().name}:\n${thrownText(error)}\n`, () => process.exit(1));
  }
}

function inherit({ argv, authkey }: Inherited): void {
  process.argv.splice(1, process.argv.length, ...argv.slice(1));
  setCurrentKey(new KeyHolder(authkey));
}

/** Node writes the error itself, past `process.stderr`. */
function announce(): void {
  try {
    writeAll(2, Buffer.from(`Process ${currentIdentity().name}:\n`));
  } catch {
    // The reader is gone.
  }
}

/** What its work says of this process. */
function become(): void {
  becomeChild(work.identity);
  inheritStartMethod(work.startMethod);
  inheritLogging(work.identity.name, work.logging);
}

/** A spare becomes what its orders say. */
function takeUp(assignment: Assignment): void {
  work = assignment.work;
  become();
  applyChange(assignment.change);
  if (!work.ignoresInterrupt) process.off('SIGINT', ignore);
  if (work.identity.daemon) return;
  platform().outliveParent();
  clearInterval(parentLooks);
}

function ignore(): void {}

/** The parent may have died before the kernel was told: its doorbell says so. */
function dieWithoutParent(parent: number): void {
  const look = (): void => {
    if (!waiting().doorbells.probe(parent)) process.kill(process.pid, 'SIGKILL');
  };
  look();
  if (!platform().endsOrphans) parentLooks = setInterval(look, PARENT_LOOK_MS).unref();
}
