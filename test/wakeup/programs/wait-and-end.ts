/** Waits in vain, then for a daemonic child, which alone would not keep it; then it is at its end. */
import { isMain, Pipe, Process, wait } from 'multiproc';
import { nothing } from './workers.js';

if (isMain(import.meta)) {
  const [r] = Pipe(false);
  wait([r], { timeout: 20 }).then((ready) => {
    console.log(JSON.stringify(ready));
    const child = new Process({ target: nothing, daemon: true }).start();
    wait([r, child.sentinel]).then(([first]) => {
      if (first === child.sentinel) console.log('the end of the child');
    });
  });
}
