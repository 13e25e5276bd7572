/**
 * Typed arrays and Buffers over named shared memory travel by the block's name and identity: the receiver gets a view of the same memory.
 * One that has the block mapped already gets a view of that mapping, also after the name was taken away.
 */
import { whenCollected } from '../memory/collected.ts';
import { registerSharedBufferKind } from '../serialization/shared_buffers.ts';
import { type Block, openBlock } from './block.ts';
import { checkDescription } from './names.ts';

const descriptions = new WeakMap<ArrayBufferLike, readonly [name: string, identity: string]>();
/** By name and identity. */
const buffers = new Map<string, WeakRef<ArrayBuffer>>();

/** Makes the views of a block's buffer travel. */
export function addViews({ name, identity, buffer }: Block): void {
  const key = keyOf(name, identity);
  descriptions.set(buffer, [name, identity]);
  // Where blocks cannot be told apart, a known one could be an earlier one of that name.
  if (identity === '' || buffers.get(key)?.deref() !== undefined) return;
  buffers.set(key, new WeakRef(buffer));
  whenCollected(buffer, () => {
    // The block may have been mapped anew before this ran.
    if (buffers.get(key)?.deref() === undefined) buffers.delete(key);
  });
}

function keyOf(name: string, identity: string): string {
  return `${name}/${identity}`;
}

registerSharedBufferKind({
  tag: 16,
  describe: (buffer) => descriptions.get(buffer),
  resolve(description) {
    const [name, identity] = checkDescription(description);
    const known = buffers.get(keyOf(name, identity))?.deref();
    if (known) return known;
    const block = openBlock(name, identity);
    addViews(block);
    return block.buffer;
  },
});
