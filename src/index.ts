// What `import ... from 'multiproc'` gives. Re-exports only.

export { Pool } from './pool/pool.ts';
export { Process } from './process/process.ts';
export { isMain } from './references/is_main.ts';
