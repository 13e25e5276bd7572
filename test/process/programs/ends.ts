/** Targets that end in other ways than by returning. */
import { createServer } from 'node:net';
import { loadLibc } from '#dist/platform/posix.js';

export function throwAtOnce(): void {
  throw new RangeError('thrown at once');
}

export async function rejectLater(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
  throw new TypeError('rejected later', { cause: new Error('the cause') });
}

export function throwInTimer(): void {
  setTimeout(() => {
    throw new Error('thrown in a timer');
  });
}

export function rejectUnheard(): void {
  void Promise.reject(new Error('rejected unheard'));
}

export function throwText(): void {
  throw 'only text';
}

export function throwUnshowable(): void {
  throw {
    [Symbol.for('nodejs.util.inspect.custom')]() {
      throw new Error('not to be shown');
    },
  };
}

export function throwAfterExitCode(): void {
  process.exitCode = 5;
  throw new Error('thrown after exitCode');
}

export function handleItself(): void {
  process.on('uncaughtException', (error) => console.log(`handled: ${error.message}`));
  setTimeout(() => {
    throw new Error('mine');
  });
}

/** Ends when its event loop is empty, not when it returns. */
export function leaveTimerAndServer(): void {
  const server = createServer().listen(0, '127.0.0.1', () => {
    setTimeout(() => {
      console.log('timer');
      server.close(() => console.log('closed'));
    }, 20);
  });
  console.log('returned');
}

export function neverSettle(): Promise<never> {
  console.log('waiting');
  return new Promise(() => {});
}

/** 1 MB, and the end at once. */
export function writeMuch(lines: number, exit: boolean): void {
  for (let line = 0; line < lines; line++) process.stdout.write(`${String(line).padStart(15, '0')}\n`);
  process.stderr.write('last words\n');
  if (exit) process.exit(0);
}

/** The C library calls one of its functions when this process ends by `exit`; `_exit` calls none. */
function atExit(name: 'abort' | 'pause'): void {
  const { libc } = loadLibc();
  const dlsym = libc.func('void *dlsym(void *, str)');
  const register = libc.func('int __cxa_atexit(void *, void *, void *)');
  if (register(dlsym(null, name), null, null) !== 0) throw new Error('no handler was taken');
}

export function throwAndHang(): void {
  atExit('pause');
  setTimeout(() => {
    throw new Error('thrown, then pausing');
  });
}

/** More errors than an emitter has listeners before Node warns. */
export function captureMany(): void {
  let captured = 0;
  process.setUncaughtExceptionCaptureCallback(() => captured++);
  process.on('exit', () => console.log(`captured ${captured}`));
  for (let i = 0; i < 20; i++)
    setTimeout(() => {
      throw new Error('captured');
    });
}

export function abortInExitHandlers(ends: 'process.exit' | 'return' | 'exit listener'): void {
  atExit('abort');
  process.exitCode = 3;
  process.on('exit', (code) => {
    console.log(`exit ${code}`);
    if (ends === 'exit listener') process.exit(4);
  });
  if (ends !== 'return') process.exit();
}

export function exitOrReturn(exit: boolean): void {
  if (exit) process.exit(0);
}
