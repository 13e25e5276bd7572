/** What is seen of clients and servers that are killed. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { activeChildren, ManagerGoneError, Process, Queue } from 'multiproc';
import { gone, startProgram } from '../support/programs.js';
import { within } from '../support/within.js';
import { until } from './support.js';
import { MyManager } from './types.js';
import { holdAndWait } from './workers.js';

const serverOf = (manager: MyManager): Process => {
  const pid = Number(/pid=(\d+)/.exec(String(manager))![1]);
  return activeChildren().find((child) => child.pid === pid)!;
};

test('of a killed client the server lets go of what it held, and ends its waits', async () => {
  await using manager = new MyManager();
  await manager.start();
  using board = await manager.Board();
  const queue = new Queue<string>();
  const child = new Process({ target: holdAndWait, args: [queue, board], name: 'holder' }).start();
  assert.equal(await queue.get(), 'holds');
  await until(() => board.waiting(), 1, 'waits');
  assert.deepEqual(await board.holders(), ['holder']);
  child.kill();
  await child.join();
  await until(async () => (await board.holders()).length, 0, 'holders');
  await until(() => board.waiting(), 0, 'waits');
  assert.deepEqual(await board.log(), ['aborted: the client holder is gone']);
});

for (const how of ['SIGKILL', 'process.exit', 'shutdown'] as const) {
  test(`what is pending rejects when the server ends by ${how}, and so do later calls`, async () => {
    const manager = new MyManager();
    await manager.start();
    const maths = await manager.Maths();
    const pending = [maths.never(), maths.never(), maths.count(3).next()].map((promise) =>
      promise.catch((error: unknown) => error),
    );
    await maths.add(1, 2);
    await pending[2];
    if (how === 'SIGKILL') serverOf(manager).kill();
    else if (how === 'process.exit') maths.exit(3).catch(() => {});
    else await manager.shutdown();
    for (const outcome of await within(Promise.all(pending.slice(0, 2)), 'the pending calls'))
      assert.ok(outcome instanceof ManagerGoneError, String(outcome));
    await assert.rejects(maths.add(1, 2), ManagerGoneError);
    assert.throws(() => maths.sync.add(1, 2), ManagerGoneError);
    await assert.rejects(manager.Maths(), ManagerGoneError);
    assert.match(String(maths), /no text: ManagerGoneError/);
    assert.equal(await manager.join(), true);
    await manager.shutdown();
  });
}

test('a blocking call ends when the server is killed', async () => {
  const manager = new MyManager();
  await manager.start();
  const maths = await manager.Maths();
  const { pid } = serverOf(manager);
  process.getBuiltinModule('node:child_process').spawn('sh', ['-c', `sleep 0.3; kill -9 ${pid}`]);
  assert.throws(() => maths.sync.never(), ManagerGoneError);
});

test('a server that hangs is ended by shutdown', async () => {
  const manager = new MyManager();
  await manager.start();
  const maths = await manager.Maths();
  const hangs = maths.loop().catch((error: unknown) => error);
  await within(manager.shutdown(), 'the end of the server');
  assert.ok((await hangs) instanceof ManagerGoneError);
});

test('a server ends with a program that is killed, and Ctrl-C does not end it', async () => {
  const program = startProgram('programs/manager.js', import.meta);
  const [, pid] = await program.saw(/server (\d+)\n/);
  process.kill(Number(pid), 'SIGINT');
  program.process.stdin!.write('go on\n');
  await program.saw(/still 3\n/);
  program.process.kill('SIGKILL');
  await gone([Number(pid)]);
});

test('a program that leaves its manager to itself ends, and the server with it', async () => {
  const program = startProgram('programs/manager.js', import.meta, { args: ['leave'] });
  const [, pid] = await program.saw(/server (\d+)\n/);
  const { code, stderr } = await program.ended;
  assert.deepEqual([code, stderr], [0, '']);
  await gone([Number(pid)]);
});
