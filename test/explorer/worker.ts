/** A worker thread of the explorer of interleavings: joins the session, then runs its part of one schedule after the other. */
import { parentPort, workerData } from 'node:worker_threads';
import { Area, Control, Status, Word } from './control.js';
import { Aborted, Lockstep } from './lockstep.js';
import type { Scenario } from './scenario.js';

const { memory, me, address } = workerData;
const control = new Control(memory);
const { words } = control;
const lockstep = new Lockstep(control, me);
(globalThis as any)[Symbol.for('multiproc.atomics.observer')] = lockstep.observe;
const { joinSession, session } = await import('#dist/memory/session.js');
const { platform } = await import('#dist/platform/current.js');
const { waiting } = await import('#dist/wakeup/waiting.js');
joinSession(address);
lockstep.wrap(platform(), session().doorbell);
const realNow = performance.now.bind(performance);
performance.now = () => lockstep.now(realNow);

parentPort!.on('message', async ({ module, name }: { module?: string; name?: string }) => {
  if (module === undefined) return parentPort!.close();
  const { scenarios } = await import(module);
  parentPort!.postMessage('ready');
  runSchedules(scenarios[name!]);
});

function runSchedules(scenario: Scenario): void {
  let close = (): void => {};
  for (;;) {
    control.take(me + 1);
    // The last schedule's objects are given back while nobody is in the middle of anything.
    close();
    close = () => {};
    if (words[Word.OVER] === 1) break;
    try {
      const opened = scenario.open([...words.subarray(Area.ARGUMENTS, Area.SCHEDULE)], me);
      close = () => scenario.close?.(opened, me);
      // Nothing is left of the last schedule's rings.
      platform().drain(session().doorbell);
      waiting().doorbells.heard();
      words[Area.STATUS + me] = Status.READY;
      lockstep.start(me === words[Word.WORKERS] - 1);
      control.setResult(me, scenario.run(opened, me) ?? []);
    } catch (error) {
      if (!(error instanceof Aborted)) control.setError(`worker ${me}: ${(error as Error)?.stack ?? error}`);
    }
    lockstep.end();
  }
  control.give(0);
}
