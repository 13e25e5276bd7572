/** Processes end or are killed while handles are on their way: who receives gets the handle or an error, and survivors have nothing left open. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import type { Server } from 'node:net';
import { after, test } from 'node:test';
import { Descriptor, Pipe, Process, Queue } from 'multiproc';
import { fsck } from '#dist/memory/fsck.js';
import { session } from '#dist/memory/session.js';
import { waiting } from '#dist/wakeup/waiting.js';
import { Program, programPath, until } from '../support/programs.js';
import { within } from '../support/within.js';
import { descriptorsOf, say } from './support.js';
import { exchange, getUntilKilled, killSoon, putManyAndStay, putServerAnd, putServerAndEnd } from './tasks.js';

const skip = !existsSync('/proc/self/fd') && 'reads /proc';
const LOST = { name: 'HandleLostError', code: 'ERR_MULTIPROC_HANDLE_LOST', message: /has ended before it was received/ };
after(() => assert.deepEqual(fsck(session()), []));

/** Runs `use`, then waits until this process has no more open than before. */
async function leavesNothingOpen(use: () => Promise<void>): Promise<void> {
  const before = descriptorsOf('self');
  await use();
  await until(
    () => descriptorsOf('self') <= before,
    () => `${descriptorsOf('self')} descriptors are open, ${before} were before`,
  );
}

// The keeper's own socket, and the doorbells of those who are rung, stay open.
const warm = new Descriptor(0);
const first = new Queue<Descriptor>();
first.putSync(warm);
first.getSync().close();

for (const form of ['get', 'getSync'] as const) {
  test(`what a process has sent before it ended is there: its parent keeps it (${form})`, { skip }, async () => {
    await leavesNothingOpen(async () => {
      const queue = new Queue<Server>();
      const process = new Process({ target: putServerAndEnd, args: [queue] }).start();
      assert.equal(form === 'get' ? await process.join() : process.joinSync(), 0);
      const server = form === 'get' ? await queue.get() : queue.getSync();
      server.on('connection', (socket) => socket.end('kept'));
      assert.equal(await say((server.address() as { port: number }).port, ''), 'kept');
      server.close();
    });
  });

  test(`what a killed process has sent is lost, and says so (${form})`, { skip }, async () => {
    await leavesNothingOpen(async () => {
      const [queue, ready] = [new Queue<Server>(), new Queue<number>()];
      const process = new Process({ target: putServerAnd, args: ['stay', queue, ready] }).start();
      await ready.get();
      process.kill();
      await process.join();
      if (form === 'get') await assert.rejects(queue.get(), LOST);
      else assert.throws(() => queue.getSync(), LOST);
      assert.equal(queue.qsize(), 0);
    });
  });

  test(`one that is killed while somebody waits for its answer ends the wait (${form})`, { skip }, async () => {
    const [queue, ready] = [new Queue<Server>(), new Queue<number>()];
    const child = new Process({ target: putServerAnd, args: ['stay', queue, ready] }).start();
    const pid = await ready.get();
    // Stopped, it cannot answer; somebody else kills it after a while.
    process.kill(pid, 'SIGSTOP');
    const killer = new Process({ target: killSoon, args: [pid] }).start();
    if (form === 'get') await assert.rejects(within(queue.get(), 'the error'), LOST);
    else assert.throws(() => queue.getSync(), LOST);
    assert.equal(await child.join(), -9);
    assert.equal(await killer.join(), 0);
  });
}

test('process.exit() right after sending loses nothing', { skip }, async () => {
  const [queue, ready] = [new Queue<Server>(), new Queue<number>()];
  const process = new Process({ target: putServerAnd, args: ['exit', queue, ready] }).start();
  assert.equal(await process.join(), 0);
  (await queue.get()).close();
});

test('what nobody will receive is closed: the queue is gone, with the handles in it', { skip }, async () => {
  await leavesNothingOpen(async () => {
    for (let i = 0; i < 20; i++) new Queue<Descriptor>().putSync(warm);
    const { collector } = session();
    const { sweepCollected } = await import('#dist/memory/collected.js');
    await new Promise((resolve) => setImmediate(resolve));
    sweepCollected();
    collector.collect();
  });
});

test('10,000 descriptors through one queue, while processes that receive them are killed, leave nothing open', {
  skip,
}, async () => {
  const queue = new Queue<Descriptor>(400);
  const take = (count: number): void => {
    for (let left = queue.tryGet(); left; left = --count > 0 ? queue.tryGet() : undefined) left.close();
  };
  await leavesNothingOpen(async () => {
    for (let round = 0; round < 4; round++) {
      const ready = new Queue<number>();
      const victim = new Process({ target: getUntilKilled, args: [queue, ready] }).start();
      await ready.get();
      for (let sent = 0; sent < 2500; sent++) {
        // What it leaves is taken here.
        while (!queue.tryPut(warm)) take(200);
        if (sent === 1500) victim.kill();
        if (sent % 100 === 0) await new Promise((resolve) => setImmediate(resolve));
      }
      assert.equal(await victim.join(), -9);
      take(Infinity);
    }
  });
});

test('a sender that is killed with hundreds on their way: each is an error, and the survivors are as before', {
  skip,
}, async () => {
  const [queue, ready] = [new Queue<Descriptor>(), new Queue<number>()];
  const process = new Process({ target: putManyAndStay, args: [queue, warm, 300, ready] }).start();
  await ready.get();
  const before = descriptorsOf('self');
  for (let i = 0; i < 100; i++) queue.getSync().close();
  process.kill();
  await process.join();
  for (let i = 100; i < 300; i++) assert.throws(() => queue.getSync(), LOST);
  assert.equal(queue.qsize(), 0);
  assert.ok(descriptorsOf('self') <= before);
});

test('descriptors to which nobody refers any more are closed', { skip }, async () => {
  const { sweepCollected } = await import('#dist/memory/collected.js');
  await leavesNothingOpen(async () => {
    for (let i = 0; i < 100; i++) new Descriptor(0);
    await new Promise((resolve) => setImmediate(resolve));
    sweepCollected();
  });
});

test('a process with no descriptors left says so, still hands over what it has, and goes on', { skip }, async () => {
  const program = programPath('programs/limited.js', import.meta);
  const { ended } = new Program('sh', ['-c', `ulimit -n 64; exec '${process.execPath}' '${program}'`]);
  assert.deepEqual(await ended, {
    stdout: 'refused: ERR_MULTIPROC_PLATFORM\nthe child has received all: 0\nsends again\n',
    stderr: '',
    code: 0,
    signal: null,
  });
});

test('two that fetch from each other, blocking all the time, do not wait for ever', { skip }, async () => {
  const [[ra, wa], [rb, wb]] = [Pipe<Descriptor>(false), Pipe<Descriptor>(false)];
  const processes = [
    new Process({ target: exchange, args: [wa, rb, warm, 100] }).start(),
    new Process({ target: exchange, args: [wb, ra, warm, 100] }).start(),
  ];
  for (const end of [ra, wa, rb, wb]) end.close();
  assert.deepEqual(await within(Promise.all(processes.map((process) => process.join())), 'both', 60_000), [0, 0]);
});

test('no socket of a keeper outlives its process', { skip }, async () => {
  await until(
    () => readdirSync(session().directory).filter((name) => name.startsWith('keeper-')).length === 1,
    () => `in the folder: ${readdirSync(session().directory)}`,
  );
  assert.ok(waiting());
});
