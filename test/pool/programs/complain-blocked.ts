/** Blocks its thread until a worker has written more than a pipe holds; then the worker dies. */
import { Event, isMain, Pool, WorkerLostError } from 'multiproc';

export function complain(said: Event): void {
  for (let i = 0; i < 3000; i++) process.stderr.write(`line ${i} ${'x'.repeat(60)}\n`);
  process.stderr.write('said\n');
  said.set();
  process.kill(process.pid, 'SIGKILL');
  for (;;);
}

if (isMain(import.meta)) {
  const said = new Event();
  const pool = new Pool(1);
  const result = pool.apply(complain, [said]);
  said.waitSync();
  console.log('blocked until it was said');
  const error = await result.catch((reason) => reason);
  if (!(error instanceof WorkerLostError)) throw error;
  console.log(`${JSON.stringify(error.stderr.slice(-5))} is the end`);
  pool.terminate();
  await pool.join();
}
