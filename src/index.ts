// What `import ... from 'multiproc'` gives. Re-exports only.
export { Process } from './process/process.ts';
export { Pool } from './pool/pool.ts';
export { isMain } from './references/is_main.ts';
