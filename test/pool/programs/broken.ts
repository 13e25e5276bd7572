import { isMain, Pool } from 'multiproc';
import { failingInitialiser, square } from '../tasks.js';

if (isMain(import.meta)) {
  const pool = new Pool({ processes: 2, initializer: failingInitialiser });
  await pool.map(square, [1, 2, 3]);
}
