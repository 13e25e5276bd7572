/** Waits on a condition: without a notify, with one from its child, and until the child sends SIGINT. */
import { Condition, Event, isMain, Process } from 'multiproc';

export async function notifyThenInterrupt(condition: Condition, hasWoken: Event, pid: number): Promise<never> {
  await condition.runExclusive(() => condition.notify());
  await hasWoken.wait();
  // It can be had when the program waits again.
  await condition.acquire();
  process.kill(pid, 'SIGINT');
  setInterval(() => {}, 2 ** 30);
  return new Promise(() => {});
}

if (isMain(import.meta)) {
  const condition = new Condition();
  const hasWoken = new Event();
  condition.acquireSync();
  console.log(`without a notify: ${condition.waitSync({ timeout: 10 })}`);
  new Process({ target: notifyThenInterrupt, args: [condition, hasWoken, process.pid] }).start();
  console.log(`notified: ${condition.waitSync({ timeout: 30_000 })}`);
  hasWoken.set();
  condition.waitSync({ timeout: 30_000 });
  console.log('not interrupted');
}
