/** In a /dev/shm of one megabyte. */
import { existsSync, readdirSync } from 'node:fs';
import { isMain } from 'multiproc';
import { SharedMemory } from 'multiproc/shared-memory';
import { platform } from '#dist/platform/current.js';

function attempt(what: string, run: () => unknown): void {
  try {
    run();
    console.log(`${what}: done`);
  } catch (error) {
    const { name, message } = error as Error;
    console.log(`${what}: ${name}: ${message.split(':')[0]}`);
  }
}

if (isMain(import.meta) && existsSync('/dev/shm')) {
  attempt('too much', () => SharedMemory.create({ size: 2_000_000, name: 'multiproc-small-a' }));
  // No turn of the event loop, no collection of its own accord: what was closed is collected when it is needed.
  for (let i = 0; i < 10; i++) {
    const closed = SharedMemory.create({ size: 600_000 });
    closed.unlink();
    closed.close();
  }
  const { named } = platform();
  // As when another program takes the memory between the look and the reservation.
  const unaware = platform() as { named: typeof named };
  Object.defineProperty(unaware, 'named', { value: { ...named, available: () => Infinity } });
  attempt('unaware', () => SharedMemory.create({ size: 2_000_000, name: 'multiproc-small-b' }));
  console.log(readdirSync('/dev/shm').length);
  const shm = SharedMemory.create({ size: 600_000 });
  shm.buf.fill(1);
  // As Python makes them: without memory.
  const fd = named.create('multiproc-small-c')!;
  named.resize(fd, 600_000);
  platform().close(fd);
  attempt('sparse', () => SharedMemory.attach('multiproc-small-c'));
  shm.unlink();
  named.unlink('multiproc-small-c');
}
