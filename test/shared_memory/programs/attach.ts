/** Attaches to a block, writes a byte, and ends with a session open. */
import { isMain, Lock } from 'multiproc';
import { SharedMemory } from 'multiproc/shared-memory';

if (isMain(import.meta)) {
  new Lock();
  SharedMemory.attach(process.argv[2]).buf[0] = 77;
  console.log('written');
}
