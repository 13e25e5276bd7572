import { isMain, Pool } from 'multiproc';
import { identity } from '../tasks.js';

if (isMain(import.meta)) {
  await using pool = new Pool(1);
  const seen = new Promise<void>((resolve) => {
    process.once('unhandledRejection', (error) => {
      console.log(`unhandled ${(error as Error).name}`);
      resolve();
    });
  });
  const callback = (): void => console.log('called');
  await pool.applyAsync(identity, [() => 1], { callback }).catch(() => console.log('caught'));
  pool.applyAsync(identity, [() => 1], { callback });
  await seen;
}
