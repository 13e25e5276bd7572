/** `finalize`: by garbage collection, by hand, and at the end of a process. */
import assert from 'node:assert/strict';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { inspect } from 'node:util';
import { type Finalizer, finalize, Pipe, Process, Queue } from 'multiproc';
import { sweepCollected } from '#dist/memory/collected.js';
import { runProgram } from '../support/programs.js';
import { putAndExit, registerAndPut } from './programs/finalizers.js';

/** What `register` of programs/finalizers.ts says. */
const ORDER = ['d: 10, later', 'c: 10', 'h: 8, cancels and registers', 'f: 5, fails', 'a: 0', 'i: 0, new', 'b: -5'];
const FAILURE = /^Error in a finalizer:\nError: failed\n {4}at .*finalizers\.js/;

test('when its object has been collected', () => {
  const ran: string[] = [];
  const held: object[] = [];
  // In a function of its own: this one's frame keeps what it made.
  const make = (word: string, keep: boolean): Finalizer => {
    const object = {};
    if (keep) held.push(object);
    return finalize(object, () => ran.push(word), { exitPriority: null });
  };
  const finalizer = make('collected', true);
  make('at once', false);
  sweepCollected();
  assert.deepEqual([ran, finalizer.stillActive()], [['at once'], true]);
  held.length = 0;
  sweepCollected();
  assert.deepEqual([ran, finalizer.stillActive()], [['at once', 'collected'], false]);
  sweepCollected();
  assert.equal(finalizer.call(), undefined);
  assert.deepEqual(ran, ['at once', 'collected']);
});

test('by hand: once, with its result and its error', () => {
  let runs = 0;
  const object = {};
  const finalizer = finalize(object, () => ++runs);
  assert.equal(inspect(finalizer), '<Finalizer exitPriority=0>');
  assert.deepEqual([finalizer.call(), finalizer.call(), runs], [1, undefined, 1]);
  assert.equal(inspect(finalizer), '<Finalizer dead>');
  const cancelled = finalize(object, () => ++runs);
  cancelled.cancel();
  assert.deepEqual([cancelled.call(), cancelled.stillActive(), runs], [undefined, false, 1]);
  {
    using _scope = finalize(object, () => ++runs);
  }
  assert.equal(runs, 2);
  const failing = finalize(object, () => {
    throw new RangeError('mine');
  });
  assert.throws(() => failing.call(), RangeError);
  assert.equal(failing.stillActive(), false);
});

test('wrong uses', () => {
  const wrong: [unknown[], string, RegExp][] = [
    [[5, () => {}], 'TypeError', /an object, a function or null, not number/],
    [[undefined, () => {}], 'TypeError', /not undefined/],
    [[{}, 'close'], 'TypeError', /must be a function, not string/],
    [[{}, () => {}, { exitPriority: '1' }], 'TypeError', /number or null, not string/],
    [[{}, () => {}, { exitPriority: Number.NaN }], 'RangeError', /NaN/],
    [[null, () => {}, { exitPriority: null }], 'TypeError', /would never run/],
  ];
  for (const [args, name, message] of wrong)
    assert.throws(() => (finalize as (...all: unknown[]) => unknown)(...args), { name, code: 'ERR_MULTIPROC_ARGUMENT', message });
});

for (const [how, expectedCode] of [
  ['return', 0],
  ['exit', 3],
  ['throw', 1],
] as const) {
  test(`at the end of a child: ${how}`, async () => {
    const queue = new Queue<string>();
    const child = new Process({ target: registerAndPut, args: [queue, how], stdio: 'pipe' }).start();
    const [code, stderr] = await Promise.all([child.join(), text(child.stderr!)]);
    assert.equal(code, expectedCode);
    const said: string[] = [];
    for (let word = queue.tryGet(); word !== undefined; word = queue.tryGet()) said.push(word);
    assert.deepEqual(said, ORDER);
    assert.match(how === 'throw' ? stderr.slice(stderr.indexOf('Error in a finalizer')) : stderr, FAILURE);
  });

  test(`at the end of a program: ${how}`, async () => {
    const { stdout, stderr, code } = await runProgram('programs/finalizers.js', import.meta, { args: [how] });
    assert.equal(code, expectedCode);
    const lives = 'at priority 0 the daemonic child lives: true';
    const below = 'below it lives: false';
    assert.deepEqual(stdout.trim().split('\n'), [...ORDER.slice(0, 5), lives, 'i: 0, new', below, 'b: -5']);
    assert.match(stderr.slice(stderr.indexOf('Error in a finalizer')), FAILURE);
  });
}

test('what a child has put is there when it has ended, its last words too', async () => {
  for (const exit of [true, false]) {
    const queue = new Queue<unknown>();
    const [reader, writer] = Pipe<string>(false);
    const child = new Process({ target: putAndExit, args: [queue, writer, exit] }).start();
    assert.equal(child.joinSync(), 0);
    assert.equal((queue.tryGet() as string).length, 2 ** 20);
    for (let i = 0; i < 1000; i++) assert.equal(queue.tryGet(), i);
    assert.equal(reader.tryRecv(), 'finalised');
  }
});
