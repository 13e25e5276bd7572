/**
 * Memory by name, shared with a Python program: its `multiprocessing.shared_memory` sees the same bytes.
 */
import { spawnSync } from 'node:child_process';
import { isMain } from 'multiproc';
import { ShareableList, SharedMemory } from 'multiproc/shared-memory';

const program = `
import sys
from multiprocessing import resource_tracker
from multiprocessing.shared_memory import SharedMemory, ShareableList

memory, words = SharedMemory(name=sys.argv[1]), ShareableList(name=sys.argv[2])
numbers = memory.buf[:24].cast('d')
print('python sees', list(numbers), list(words))
numbers[0] = sum(numbers)
words[1] = 'Python'
del numbers
# Python's tracker would take the names away when this program ends (before 3.13 there is no track=False).
for name in sys.argv[1:3]:
    resource_tracker.unregister('/' + name, 'shared_memory')
memory.close()
words.shm.close()
`;

if (isMain(import.meta)) {
  using memory = SharedMemory.create({ size: 24 });
  using words = ShareableList.create(['hello', 'Node.js', 42, null]);
  const numbers = new Float64Array(memory.buf.buffer);
  numbers.set([1.5, 2, 3]);
  const { stdout, stderr } = spawnSync('python3', ['-c', program, memory.name, words.shm.name], { encoding: 'utf8' });
  process.stdout.write(stdout + stderr);
  console.log('we see', numbers, words.toArray());
  memory.unlink();
  words.shm.unlink();
}

/* Prints:
python sees [1.5, 2.0, 3.0] ['hello', 'Node.js', 42, None]
we see Float64Array(3) [ 6.5, 2, 3 ] [ 'hello', 'Python', 42, null ]
*/
