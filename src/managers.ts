// What `import ... from 'multiproc/managers'` gives. Re-exports only.
export { type Caller, caller } from './managers/caller.ts';
