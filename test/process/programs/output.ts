/** Where the output of children goes. */
import { isMain, Process } from 'multiproc';
import { writeMuch } from './ends.js';
import { print, sleep } from './tasks.js';

export function count(): void {
  let number = 0;
  const timer = setInterval(() => {
    process.stdout.write(String(++number));
    if (number === 3) clearInterval(timer);
  }, 20);
}

if (isMain(import.meta)) {
  if (process.argv[2] === 'daemonic') {
    new Process({ target: sleep, stdio: 'pipe', daemon: true }).start();
    const child = new Process({ target: count, stdio: 'pipe', daemon: true }).start();
    let heard = '';
    for await (const chunk of child.stdout!) heard += chunk;
    console.log(`heard: ${heard}`);
  } else if (process.argv[2] === 'much') {
    for (const exit of [true, false]) {
      // Its own stream for the shared pipe is there before the child's.
      console.log('main');
      console.log(await new Process({ target: writeMuch, args: [Number(process.argv[3]), exit] }).start().join());
    }
  } else {
    await new Process({ target: print, args: ['from the child'] }).start().join();
    console.log(await new Process({ target: print, args: ['unheard'], stdio: 'ignore' }).start().join());
    console.log(await new Process({ target: writeMuch, args: [0, true], stdio: 'inherit' }).start().join());
  }
  if (process.argv[2] !== 'much') console.log('main');
}
