/** Children of a bundle end in each way there is, and their exit codes are what they are elsewhere. */
import { freezeSupport, Process } from '#dist/index.js';

const targets = { nothing, later, code, exits, listens, fails, rejects, killed };
await freezeSupport(targets);
for (const [name, target] of Object.entries(targets)) console.log(name, await new Process({ target }).start().join());

function nothing(): void {}

function later(): void {
  setTimeout(() => console.log('later'), 1);
}

function code(): void {
  setTimeout(() => {
    process.exitCode = 4;
  }, 1);
}

function exits(): void {
  process.exit(5);
}

/** Work found at the end of the event loop is done, and the last listeners are called. */
function listens(): void {
  process.once('beforeExit', () => {
    setImmediate(() => console.log('more work'));
    process.on('exit', (code) => console.log('exit listener', code, process.exitCode));
  });
}

function fails(): void {
  throw new Error('failed at once');
}

function rejects(): void {
  process.once('beforeExit', () => void Promise.reject(new Error('failed at the end')));
}

function killed(): void {
  process.kill(process.pid, 'SIGKILL');
}
