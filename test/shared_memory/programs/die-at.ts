/** Is killed before or after the n-th step of making a block, or of unlinking one. */
import { isMain } from 'multiproc';
import { SharedMemory } from 'multiproc/shared-memory';
import { platform } from '#dist/platform/current.js';
import { createBlock } from '#dist/shared_memory/block.js';

if (isMain(import.meta)) {
  const [what, when, step, name, renames] = process.argv.slice(2);
  const system = platform();
  const steps = { left: Number(step) };
  const counted = <T extends object>(object: T, names: (keyof T)[]): void => {
    for (const method of names) {
      const original = object[method] as ((...args: unknown[]) => unknown) | undefined;
      if (!original) continue;
      (object as Record<keyof T, unknown>)[method] = (...args: unknown[]) => {
        const isTheOne = --steps.left === 0;
        if (isTheOne && when === 'before') process.kill(process.pid, 'SIGKILL');
        const result = original(...args);
        if (isTheOne && when === 'after') process.kill(process.pid, 'SIGKILL');
        return result;
      };
    }
  };
  const named = { ...system.named, rename: renames === 'renames' ? system.named.rename : undefined };
  const arm = (): void => {
    counted(named, ['create', 'open', 'rename', 'unlink', 'resize', 'describe']);
    counted(system, ['reserve', 'map', 'close']);
  };
  if (what === 'make') {
    // The session opens first: its steps are not counted.
    createBlock(undefined, 1);
    arm();
    createBlock(name, 5000, { named });
  } else {
    const shm = SharedMemory.create({ size: 5000, name });
    counted(system.named, ['open', 'unlink', 'describe']);
    counted(system, ['close']);
    shm.unlink();
  }
  console.log(`done, ${steps.left} left`);
}
