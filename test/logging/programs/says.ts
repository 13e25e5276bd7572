/** Logs in the way that its argument names. */
import { writeSync } from 'node:fs';
import { getLogger, isMain, Lock, logToStderr, Pool, Process, setLogger } from 'multiproc';
import { chatter, dieHolding, levels, pid, say, sayThenStart } from './tasks.js';

const run = (target: (...args: any[]) => unknown, ...args: unknown[]): Promise<number | null> =>
  new Process({ target, args }).start().join();

const ways: Record<string, () => unknown> = {
  async info() {
    logToStderr('info');
    await run(sayThenStart);
  },
  async 'nothing asked for'() {
    getLogger().level = 'info';
    getLogger().error('heard by nobody');
    await run(say, 'nor this');
  },
  async 'level of the parent'() {
    for (const [own, root] of [
      [32, 30],
      [0, 37],
      [0, 30],
    ]) {
      getLogger().level = own;
      getLogger().parent!.level = root;
      await run(levels);
    }
  },
  async chatter() {
    logToStderr('info').level = 'info';
    const letters = ['a', 'b', 'c', 'd'];
    const children = letters.map((letter) => new Process({ target: chatter, args: [letter, 60], name: letter }).start());
    console.log((await Promise.all(children.map((child) => child.join()))).join(' '));
  },
  /** The descriptor of a stream does not block. It is filled before the last words. */
  'last words'() {
    process.stderr.write('');
    try {
      for (;;) writeSync(2, `${'-'.repeat(1023)}\n`);
    } catch (error) {
      console.log((error as NodeJS.ErrnoException).code);
    }
    logToStderr('info').info('last words');
    process.exit(0);
  },
  async 'an abandoned lock'() {
    if (process.argv[3] === 'logged') logToStderr();
    const lock = new Lock();
    await run(dieHolding, lock);
    await lock.acquire();
    lock.release();
  },
  async 'own logger'() {
    const heard: string[] = [];
    const hear =
      (method: string) =>
      (...args: unknown[]): unknown =>
        heard.push(`${method}: ${args.join(' ')}`);
    setLogger({ debug: hear('debug'), info: hear('info'), warn: hear('warn'), error: hear('error') }, 'subdebug');
    const logger = getLogger();
    for (const method of ['subdebug', 'debug', 'info', 'subwarning', 'warning', 'error'] as const) logger[method](method);
    setLogger(undefined);
    logger.error('taken back');
    console.log(heard.join('\n'));
  },
  async 'everything of a pool'() {
    logToStderr('subdebug');
    const pool = new Pool(1);
    await pool.apply(pid);
    pool.close();
    await pool.join();
  },
};

if (isMain(import.meta)) await ways[process.argv[2]]();
