/** `progress`: events and bars. */
import assert from 'node:assert/strict';
import { closeSync, openSync } from 'node:fs';
import { test } from 'node:test';
import { type AsyncResult, Event, Pool, type ProgressEvent } from 'multiproc';
import { noTerminals, type Program, startOnTerminal, startProgram } from '../support/programs.js';
import { failure, newFile, until } from './support.js';
import { identity, killedInitialiser, square } from './tasks.js';
import { halfThenWait, twoStepsThenWait } from './tasks_context.js';
import { failEachTenth, nap, napLater } from './tasks_insight.js';

/** Events of a call until its end. */
function watched(call: (progress: (event: ProgressEvent) => void) => PromiseLike<unknown>): Promise<ProgressEvent[]> {
  const events: ProgressEvent[] = [];
  const atEnd = (): ProgressEvent[] => [...events];
  return Promise.resolve(call((event) => events.push(event))).then(atEnd, atEnd);
}

function assertOrderly(events: ProgressEvent[]): void {
  for (const [i, event] of events.entries()) {
    assert.equal(event.last, i === events.length - 1);
    assert.ok(
      Object.isFrozen(event) && event.failed <= event.done && event.done <= (event.total ?? Infinity),
      JSON.stringify(event),
    );
    if (i === 0) continue;
    const before = events[i - 1];
    assert.ok(event.done >= before.done && event.failed >= before.failed && event.elapsed >= before.elapsed);
    // A timer may fire up to a millisecond early.
    if (!event.last) assert.ok(event.elapsed - before.elapsed >= 99, `${event.elapsed - before.elapsed} ms between two events`);
  }
}

test('a map tells how far it is, ten times a second at most, and at its end before who awaits it goes on', async () => {
  await using pool = new Pool(2);
  const events = await watched((progress) => pool.map(napLater, Array<number>(30).fill(20), { chunksize: 1, progress }));
  assertOrderly(events);
  const { done, total, failed, elapsed, rate, remaining, tasks } = events.at(-1)!;
  assert.deepEqual([done, total, failed, remaining, tasks], [30, 30, 0, 0, []]);
  assert.ok(elapsed >= 299 && rate > 0);
  assert.ok(events.length >= 3 && events[1].done < 30, 'events in between');
  const midway = events.find((event) => event.done > 0 && !event.last)!;
  assert.ok(midway.remaining! > 0 && midway.rate > 0, JSON.stringify(midway));
});

test('failures count, in every kind of call', async () => {
  await using pool = new Pool(2);
  const calls: [(progress: (event: ProgressEvent) => void) => AsyncResult<unknown>, number, number][] = [
    [(progress) => pool.map(failEachTenth, [9, 10, 11, 20], { progress }), 4, 2],
    [(progress) => pool.mapAsync(failEachTenth, [9, 10], { progress }), 2, 1],
    [(progress) => pool.starmap(failEachTenth, [[10], [1], [2]], { progress }), 3, 1],
    [(progress) => pool.apply(failEachTenth, [10], { progress }), 1, 1],
    [(progress) => pool.applyAsync(square, [10], { progress }), 1, 0],
    [(progress) => pool.map(square, [], { progress }), 0, 0],
  ];
  for (const [call, all, failures] of calls) {
    const events = await watched(call);
    assertOrderly(events);
    const { done, total, failed, last } = events.at(-1)!;
    assert.deepEqual([done, total, failed, last], [all, all, failures, true]);
  }
});

test('imap knows the total where its input says it, and at the end', async () => {
  await using pool = new Pool(2);
  for (const [items, total] of [
    [[1, 2, 3], 3],
    [new Set([1, 2, 3]), 3],
    [[1, 2, 3].values(), undefined],
  ] as const) {
    const events = await watched(async (progress) => {
      for await (const _ of pool.imap(napLater, items, { progress }));
    });
    assertOrderly(events);
    assert.deepEqual([events[0].last ? total : events[0].total, events.at(-1)!.total, events.at(-1)!.done], [total, 3, 3]);
  }
  const given = await watched(async (progress) => {
    for await (const _ of pool.imapUnordered(nap, Array<number>(500).fill(1), { progress })) break;
  });
  assert.ok(!given.some(({ done }) => done > 500));
});

test('a call that is given up has a last event: terminate(), input that throws', async () => {
  const pool = new Pool(1);
  const events = watched((progress) => pool.map(napLater, [1, 10_000, 1], { chunksize: 1, progress }));
  const throwing = watched((progress) =>
    pool.map(
      identity,
      (function* () {
        yield 1;
        throw new Error('the input');
      })(),
      { progress },
    ),
  );
  assert.deepEqual(
    (await throwing).map(({ last, done }) => [last, done]),
    [[true, 0]],
  );
  await until(() => pool.stats().tasks.done === 1, 'the first of three tasks');
  pool.terminate();
  const { last, done, total } = (await events).at(-1)!;
  assert.deepEqual([last, total, done], [true, 3, 1]);
  await pool.join();
});

for (const concurrency of [1, 2])
  test(`${concurrency} at once: what running tasks say of themselves is in the events, until they have ended`, async () => {
    await using pool = new Pool({ processes: 3 - concurrency, concurrency });
    const go = new Event();
    const seen: ProgressEvent[] = [];
    const call = pool.map(twoStepsThenWait, [go, go], { chunksize: 1, progress: (event) => seen.push(event) });
    await until(() => seen.at(-1)?.tasks.every(({ done }) => done === 2) === true && seen.at(-1)?.tasks.length === 2, 'both');
    assert.deepEqual(seen.at(-1)!.tasks, [
      { index: 0, done: 2, total: undefined },
      { index: 1, done: 2, total: undefined },
    ]);
    await go.set();
    await call;
    assert.deepEqual([seen.at(-1)!.tasks, seen.at(-1)!.last], [[], true]);
    // A part of a task counts in the rate and in what remains.
    const steps = new Event();
    const parts: ProgressEvent[] = [];
    const half = pool.apply(halfThenWait, [steps], { progress: (event) => parts.push(event) });
    await until(() => parts.some(({ tasks }) => tasks.length === 1), 'the report');
    const event = parts.find(({ tasks }) => tasks.length === 1)!;
    assert.deepEqual([event.done, event.total, event.tasks], [0, 1, [{ index: 0, done: 1, total: 2 }]]);
    assert.ok(event.rate > 0 && event.remaining! > 0, JSON.stringify(event));
    await steps.set();
    await half;
  });

test('a pool that breaks: each of its calls has a last event, before who awaits it goes on', async () => {
  const pool = new Pool({ processes: 2, initializer: killedInitialiser });
  const calls = [
    watched((progress) => pool.map(square, [1, 2, 3], { progress })),
    watched((progress) => pool.apply(square, [1], { progress })),
    watched(async (progress) => {
      for await (const _ of pool.imap(square, [1, 2, 3], { progress }));
    }),
  ];
  for (const events of await Promise.all(calls)) {
    assertOrderly(events);
    assert.equal(events.at(-1)!.done, events.at(-1)!.failed);
  }
  await pool.join();
});

test('something else than true or a function is refused at the call', async () => {
  await using pool = new Pool(1);
  for (const progress of ['yes', 1, {}, null] as any[]) {
    assert.throws(() => pool.map(square, [1], { progress }), /progress must be true, or a function/);
    assert.throws(() => pool.apply(square, [1], { progress }), TypeError);
    assert.throws(() => pool.imap(square, [1], { progress }), TypeError);
  }
  assert.deepEqual(await pool.map(square, [2], { progress: false }), [4]);
  assert.equal((await failure(pool.apply(failEachTenth, [0], { progress: undefined }))).name, 'RangeError');
});

test('what a callback throws is an uncaught exception, and no bar is drawn where standard error is no terminal', async () => {
  const thrown = await startProgram('programs/progress.js', import.meta, { args: ['throw'] }).ended;
  assert.deepEqual([thrown.code, /Error: thrown by the callback/.test(thrown.stderr)], [1, true]);
  const quiet = await startProgram('programs/progress.js', import.meta, { args: ['two'] }).ended;
  assert.deepEqual(quiet, { code: 0, signal: null, stdout: 'caught: 20 is a tenth\n', stderr: '' });
});

const ESC = String.fromCharCode(27);
const PARTS = new RegExp(`${ESC}\\[([?\\d;]*[A-Za-z])|\r|\n|[^${ESC}\r\n]+`, 'g');

/** What stands on a terminal at the end: lines that were drawn over are gone. */
function screenOf(output: string): string[] {
  const lines = [''];
  let [row, column] = [0, 0];
  for (const [part, escape] of output.matchAll(PARTS)) {
    if (escape === undefined && part === '\r') column = 0;
    else if (escape === undefined && part === '\n') lines[++row] ??= '';
    else if (escape === undefined) {
      lines[row] = lines[row].slice(0, column).padEnd(column) + part + lines[row].slice(column + part.length);
      column += part.length;
      assert.ok(column < 80, `a line of ${column} columns`);
    } else if (escape.endsWith('G')) column = Number(escape.slice(0, -1) || 1) - 1;
    else if (escape.endsWith('A')) row -= Number(escape.slice(0, -1) || 1);
    else if (escape.endsWith('K')) lines[row] = lines[row].slice(0, column);
    else assert.match(escape, /^(\d+m|\?2026[hl])$/, 'a sequence that may leave the terminal other than it was');
  }
  return lines.map((line) => line.trimEnd()).filter((line) => line !== '');
}

const BAR = '[█░]{20}';

test('bars on a terminal', { skip: noTerminals() }, async () => {
  const { stdout, code } = await start('two').ended;
  assert.equal(code, 0);
  const screen = screenOf(stdout).sort();
  assert.equal(screen.length, 4, screen.join('\n'));
  assert.equal(screen[0], 'caught: 20 is a tenth');
  assert.match(screen[1], /^failEachTenth {2}█{20} 100% {2}20\/20 {2}2 failed {2}\S+\/s {2}in \S+ \S+$/);
  assert.match(screen[2], /^napLater {2}█{20} 100% {2}40\/40 {2}\S+\/s {2}in \S+ \S+$/);
  assert.match(screen[3], /^square {2}█{20} 100% {2}3\/3 {2}\S+\/s {2}in \S+ \S+$/);
  // While both were under way, both were to be seen.
  assert.match(stdout, new RegExp(`napLater  ${BAR} .*\r\n  failEachTenth  ${BAR} `));
  assert.match(stdout, /\d+\/40 {2}\S+\/s {2}\S+ \S+ left/);
});

for (const [mode, code, said] of [
  ['finish', 0, ''],
  ['terminate', 0, 'caught: PoolTerminatedError'],
  ['break', 0, 'caught: BootstrapError'],
  ['exit', 3, ''],
] as const)
  test(`a bar whose end is ${mode} leaves the terminal clean`, { skip: noTerminals() }, async () => {
    const file = newFile();
    const program = start(mode, file);
    await program.saw('0/3');
    closeSync(openSync(file, 'w'));
    const outcome = await program.ended;
    assert.equal(outcome.code, code);
    const screen = screenOf(outcome.stdout);
    const bar = mode === 'finish' ? /^block {2}█{20} 100% {2}3\/3 .* in / : new RegExp(`^block  ${BAR} +0%  0/3`);
    assert.match(screen[0], bar);
    assert.deepEqual(screen.slice(1), said === '' ? [] : [said]);
    assert.ok(outcome.stdout.endsWith('\n'), 'the next prompt begins a line');
  });

test('Ctrl-C in the middle of a bar', { skip: noTerminals() }, async () => {
  const program = start('finish');
  await program.saw('0/3');
  program.type('\x03');
  const { stdout, code } = await program.ended;
  assert.notEqual(code, 0);
  screenOf(stdout.replace('^C', ''));
});

test('a bar does not keep a program alive that takes no more results', { skip: noTerminals() }, async () => {
  const { stdout, code } = await start('lazy').ended;
  assert.equal(code, 0);
  assert.ok(screenOf(stdout).includes('taken'), stdout);
});

function start(mode: string, file = ''): Program {
  return startOnTerminal('programs/progress.js', import.meta, {
    args: [mode, file],
    env: { CI: undefined, NO_COLOR: undefined },
  });
}
