/** Processes as instances of a class, with `run()` and fields. */
import assert from 'node:assert/strict';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { Lock, Process, Queue } from 'multiproc';
import { runProgram } from '../support/programs.js';
import { nothing } from './programs/tasks.js';
import { Both, LoudTeller, QuietTeller, SecretUser, Teller, Thrower, tell, WithTarget } from './programs/workers.js';

const SOURCES = new URL('../../../test/process/programs/', import.meta.url);

async function endOf(child: Process): Promise<{ code: number | null; stderr: string }> {
  const [code, stderr] = await Promise.all([child.join(), text(child.stderr!)]);
  return { code, stderr };
}

test('an instance arrives with its fields; private fields, constructor and initialisers stay here', async () => {
  const queue = new Queue<any>();
  for (const [Class, word] of [
    [Teller, 'one'],
    [QuietTeller, 'two'],
    [LoudTeller, 'three'],
  ] as const) {
    const teller = new Class(word, queue);
    const { made } = teller;
    assert.equal(teller.secret, 'secret');
    assert.equal(await teller.start().join(), 0);
    assert.deepEqual(await queue.get(), {
      word: Class === LoudTeller ? 'THREE' : word,
      items: [new Map([[1, { a: 1n }]])],
      made,
      hasSecret: false,
      isCurrent: true,
      isTeller: true,
      fields: ['word', 'list', 'made'],
      text: `<${Class.name} name='Teller of ${word}' parent=${process.pid} started>`,
    });
    assert.equal(
      String(teller),
      `<${Class.name} name='Teller of ${word}' pid=${teller.pid} parent=${process.pid} stopped exitcode=0>`,
    );
  }
});

test('a class without run() calls the target, one with both calls it by super.run()', async () => {
  const queue = new Queue<unknown>();
  const child = new WithTarget({ target: tell, args: [queue, 'said'] });
  child.extra = 2;
  assert.equal(await child.start().join(), 0);
  assert.deepEqual(await queue.get(), [
    'said',
    `<WithTarget name='${child.name}' parent=${process.pid} started>`,
    [['extra', 2]],
  ]);
  const both = new Both(queue);
  assert.equal(await both.start().join(), 0);
  assert.equal(await queue.get(), 'run, before');
  assert.deepEqual(((await queue.get()) as unknown[])[0], 'target');
  assert.equal(await queue.get(), 'run, after');
});

test('fields of a Process itself, and of the class that a child came from', async () => {
  const queue = new Queue<unknown>();
  const child = Object.assign(new Process({ target: tell, args: [queue, 1], name: 'Extended' }), {
    depth: 'x',
    lock: 5,
  });
  assert.equal(await child.start().join(), 0);
  assert.deepEqual(await queue.get(), [
    1,
    `<Process name='Extended' parent=${process.pid} started>`,
    [
      ['depth', 'x'],
      ['lock', 5],
    ],
  ]);
});

test('run() here is a plain call', () => {
  const queue = new Queue<unknown>();
  new Both(queue).run();
  assert.equal(queue.getSync(), 'run, before');
  assert.match(String((queue.getSync() as unknown[])[1]), /^<_MainProcess name='MainProcess' parent=None started>$/);
});

test('what run() throws is the end of the process', async () => {
  const { code, stderr } = await endOf(new Thrower({ name: 'Bad', stdio: 'pipe' }).start());
  assert.equal(code, 1);
  assert.match(stderr, /^Process Bad:\nRangeError: thrown by Bad\n {4}at Thrower\.run \(file:.*workers\.js:\d+/);
  const user = await endOf(new SecretUser({ name: 'User', stdio: 'pipe' }).start());
  assert.equal(user.code, 1);
  assert.match(user.stderr, /^Process User:\nTypeError: Cannot read private member #secret/);
});

class NotExported extends Process {
  override run(): void {}
}

test('what cannot travel is an error at start, which can be tried again', async () => {
  const worker = new NotExported({ name: 'Hidden' });
  for (let i = 0; i < 2; i++)
    assert.throws(() => worker.start(), { name: 'FunctionReferenceError', message: /NotExported .*not exported/ });
  assert.equal(worker.pid, null);
  assert.match(String(worker), /^<NotExported name='Hidden' parent=\d+ initial>$/);
  const anonymous = new (class extends Process {})();
  assert.throws(() => anonymous.start(), { name: 'FunctionReferenceError' });
  const child = Object.assign(new WithTarget({ target: nothing }), { deep: { callback: (() => {}) as unknown } });
  assert.throws(() => child.start(), { name: 'SerializationError', path: 'this.deep.callback' });
  child.deep.callback = new Lock();
  assert.equal(await child.start().join(), 0);
  const me = Object.assign(new WithTarget(), { me: null as unknown });
  me.me = me;
  assert.throws(() => me.start(), { name: 'SerializationError', message: /cannot be sent: only its creator has its handle/ });
});

test('a class in a TypeScript main program', async () => {
  const program = new URL('typed-worker.ts', SOURCES).href;
  const outcome = await runProgram(program, import.meta, { execArgv: ['--import', import.meta.resolve('tsx')] });
  assert.deepEqual(outcome, { stdout: 'hello from Process-1\n0\n', stderr: '', code: 0, signal: null });
});
