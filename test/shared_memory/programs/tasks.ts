/** Targets of the tests' processes. */
import type { ShareableList, SharedMemory } from 'multiproc/shared-memory';

/** Imports the classes as types only: the child knows them all the same. */
export function writeByte(memory: SharedMemory, index: number, value: number): void {
  memory.buf[index] = value;
  memory.close();
}

export function setItem(list: ShareableList, index: number, value: string): void {
  list.set(index, value);
}

export function addToWords(words: Int32Array, amount: number): void {
  for (let i = 0; i < words.length; i++) words[i] += amount;
}

export async function attachAndWrite(name: string, index: number, value: number): Promise<void> {
  const { SharedMemory } = await import('multiproc/shared-memory');
  using memory = SharedMemory.attach(name);
  memory.buf[index] = value;
}

export async function createInChild(size: number): Promise<void> {
  const { SharedMemory } = await import('multiproc/shared-memory');
  console.log(SharedMemory.create({ size }).name);
}
