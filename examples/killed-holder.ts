/**
 * A process is killed while it holds a lock, and another while three parties meet at a barrier. Nobody hangs, and everybody is told.
 */
import { Barrier, BrokenBarrierError, isMain, Lock, Process, Queue } from 'multiproc';

export async function holdForEver(lock: Lock, told: Queue<string>): Promise<void> {
  await lock.acquire();
  await told.put('held');
  await told.get();
}

export async function meet(barrier: Barrier, told: Queue<string>): Promise<void> {
  await told.put('coming');
  try {
    await barrier.wait();
    await told.put('met');
  } catch (error) {
    await told.put(error instanceof BrokenBarrierError ? 'the barrier is broken' : String(error));
  }
}

if (isMain(import.meta)) {
  process.on('warning', (warning) => console.log(`warning: ${warning.message}`));
  const lock = new Lock();
  const told = new Queue<string>();
  const holder = new Process({ target: holdForEver, args: [lock, told] }).start();
  console.log(await told.get());
  holder.kill();
  const hold = await lock.hold();
  console.log(`abandoned: ${hold.abandoned}`);
  hold.release();

  const barrier = new Barrier(3);
  const news = new Queue<string>();
  const parties = [0, 1].map(() => new Process({ target: meet, args: [barrier, news] }).start());
  for (const _ of parties) console.log(await news.get());
  parties[0].kill();
  console.log(await news.get());
  barrier.reset();
  console.log(String(barrier));
}

/* Prints:
held
warning: a process died while it held a lock: what the lock guards may be half changed
abandoned: true
coming
coming
the barrier is broken
<Barrier: waiters=0/3>
*/
