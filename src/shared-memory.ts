// What `import ... from 'multiproc/shared-memory'` gives. Re-exports only.
export type { ShareableValue } from './shared_memory/list_layout.ts';
export { ShareableList, type ShareableListOptions } from './shared_memory/shareable_list.ts';
export { SharedMemory, type SharedMemoryOptions } from './shared_memory/shared_memory.ts';
