import { isMain, Pool } from 'multiproc';
import { square } from '../tasks.js';

if (isMain(import.meta)) {
  const items = Array.from({ length: 1000 }, (_, i) => i);
  const pool = new Pool(Number(process.argv[2]));
  const results = await pool.map(square, items);
  console.log(items.every((x) => results[x] === x * x) ? 'right' : 'wrong');
  pool.close();
  await pool.join();
}
