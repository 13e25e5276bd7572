/** What a child runs. It joins the session, imports the module of its target, calls it, and exits when its event loop is empty. */
import { inspect } from 'node:util';
import { joinSession } from '../memory/session.ts';
import { platform } from '../platform/current.ts';
import { markChild } from '../references/child_mark.ts';
import { enableImportGuard, runAsTarget } from '../references/import_guard.ts';
import { readImporting } from '../serialization/importing.ts';
import { Reader } from '../serialization/reader.ts';
import { waiting } from '../wakeup/waiting.ts';
import { type Orders, takeOrders } from './environment.ts';
import { becomeChild } from './identity.ts';
import { ordersTaken, readCall } from './start_block.ts';

/** How often a child looks for its parent where the kernel does not end it. */
const PARENT_LOOK_MS = 200;

const orders = takeOrders();
markChild();
enableImportGuard();
process.argv.splice(1, process.argv.length, ...orders.argv.slice(1));
becomeChild(orders.identity);
process.on('uncaughtExceptionMonitor', () => process.stderr.write(`Process ${orders.identity.name}:\n`));
run(orders);

async function run({ session: address, identity, ignoresInterrupt }: Orders): Promise<void> {
  try {
    if (identity.daemon) platform().dieWithParent();
    const session = joinSession(address);
    if (identity.daemon) dieWithoutParent(identity.parent);
    if (ignoresInterrupt) process.on('SIGINT', () => {});
    const look = () => readCall(session) ?? (waiting().doorbells.probe(identity.parent) ? undefined : process.exit(1));
    const bytes = look() ?? (await waiting().wait([], look))!;
    const [target, args] = await readImporting(() => decodeCall(bytes));
    ordersTaken(session);
    await runAsTarget(() => target?.(...args));
  } catch (error) {
    // Written at once: stderr is synchronous for files, pipes and terminals.
    process.stderr.write(`Process ${identity.name}:\n${inspect(error)}\n`);
    process.exit(1);
  }
}

function decodeCall(bytes: Uint8Array): [target: (...args: readonly unknown[]) => unknown, args: readonly unknown[]] {
  const reader = new Reader();
  try {
    reader.open(bytes, undefined);
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
  if (!platform().endsOrphans) setInterval(look, PARENT_LOOK_MS).unref();
}
