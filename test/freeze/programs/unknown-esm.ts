/** Functions and classes that freezeSupport was not given, and those of modules outside of the bundle. */
import { freezeSupport, Pool, Process, ref } from '#dist/index.js';
// @ts-expect-error: it stands beside the bundle
import { outside } from './outside.mjs';
import { Report, square, TooBig } from './tasks.js';

await freezeSupport({ TooBig });
const pool = new Pool(1);
try {
  await show(() => pool.apply(square, [2]));
  await show(() => pool.apply(String, [new Report(1)]));
  console.log(await pool.apply(outside, [2]));
  console.log(await pool.apply(ref<(n: number) => number>(new URL('./outside.mjs', import.meta.url), 'outside'), [3]));
} finally {
  await pool.terminate();
}
await show(() => new Process({ target: square, args: [1] }).start());

async function show(action: () => unknown): Promise<void> {
  try {
    await action();
  } catch (error) {
    console.log(`${(error as Error).name} ${(error as Error).message}`);
  }
}
