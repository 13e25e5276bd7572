/** `priority`: which of the waiting tasks a worker gets first. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Event, Pool } from 'multiproc';
import { CallJob, makeUnit, type Unit } from '#dist/pool/jobs.js';
import { termsOf } from '#dist/pool/terms.js';
import { UnitQueue } from '#dist/pool/unit_queue.js';
import { closeSoundly, linesOf, newFile, until } from './support.js';
import { noteAndSquare, square } from './tasks.js';
import { dieTimes, hold } from './tasks_terms.js';

const owner = {
  ended: () => {},
  stopped: () => {},
  enforceStops: () => {},
  waitSync: () => false,
  importing: () => undefined,
  tally: { submitted: 0, done: 0, failed: 0, fail() {} },
};
const priorities = fc.oneof(fc.constant(undefined), fc.constantFrom(-Infinity, -2, -1, -0, 0, 1, 2, 0.5, 1e9));
const listed = fc.array(priorities, { maxLength: 6 });
const commands = fc.array(
  fc.oneof(
    { weight: 5, arbitrary: fc.record({ kind: fc.constant('push' as const), list: listed }) },
    { weight: 5, arbitrary: fc.record({ kind: fc.constant('shift' as const), times: fc.integer({ min: 1, max: 8 }) }) },
    { weight: 3, arbitrary: fc.record({ kind: fc.constant('unshift' as const), list: listed }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('remove' as const), rest: fc.nat({ max: 3 }) }) },
    { weight: 1, arbitrary: fc.constant({ kind: 'clear' as const }) },
  ),
  { maxLength: 40 },
);

let made = 0;
function unitOf(priority: number | undefined): Unit {
  const job = new CallJob(square, [], owner, termsOf(priority === undefined ? undefined : { priority }, undefined));
  return makeUnit(job, 1, [], made++);
}

/** What the queue shall do, in the plainest way: the first of the highest priority. */
class Model {
  units: Unit[] = [];
  shift(): Unit | undefined {
    const highest = Math.max(...this.units.map(priorityOf));
    const index = this.units.findIndex((unit) => priorityOf(unit) === highest);
    return index < 0 ? undefined : this.units.splice(index, 1)[0];
  }
  remove(isOut: (unit: Unit) => boolean): Unit[] {
    const removed = this.units.filter(isOut);
    this.units = this.units.filter((unit) => !isOut(unit));
    return removed;
  }
}

function priorityOf({ job }: Unit): number {
  return job.terms?.priority ?? 0;
}

const places = (units: readonly Unit[]): number[] => units.map(({ offset }) => offset).sort((a, b) => a - b);

test('the queue: higher priority first, in order within one, what comes back in front of its own', () => {
  fc.assert(
    fc.property(commands, (list) => {
      const queue = new UnitQueue();
      const model = new Model();
      for (const command of list) {
        if (command.kind === 'push')
          for (const unit of command.list.map(unitOf)) {
            queue.push(unit);
            model.units.push(unit);
          }
        else if (command.kind === 'unshift') {
          const units = command.list.map(unitOf);
          queue.unshift(units);
          model.units.unshift(...units);
        } else if (command.kind === 'remove') {
          const isOut = ({ offset }: Unit): boolean => offset % 4 === command.rest;
          assert.deepEqual(places(queue.remove(isOut)), places(model.remove(isOut)));
        } else if (command.kind === 'clear') {
          queue.clear();
          model.units = [];
        } else for (let i = 0; i < command.times; i++) assert.equal(queue.shift()?.offset, model.shift()?.offset);
        assert.equal(queue.length, model.units.length);
      }
      while (model.units.length > 0) assert.equal(queue.shift()?.offset, model.shift()?.offset);
      assert.equal(queue.shift(), undefined);
    }),
    { numRuns: 1000 },
  );
});

test('100,000 units of as many priorities', () => {
  const queue = new UnitQueue();
  for (let i = 0; i < 100_000; i++) queue.push(unitOf((i * 7919) % 100_003));
  let last = Infinity;
  for (let unit = queue.shift(); unit; unit = queue.shift()) {
    assert.ok(priorityOf(unit) < last);
    last = priorityOf(unit);
  }
  assert.equal(queue.length, 0);
});

test('a pool gives out what waits by priority; what a worker already has stays where it is', async () => {
  const pool = new Pool(1);
  const file = newFile();
  const held = newFile();
  const event = new Event();
  const holding = pool.apply(hold, [held, event]);
  await until(() => linesOf(held).length > 0, 'the start of the task');
  // One goes into the worker's ring.
  const note = (x: number, priority?: number): Promise<number> =>
    pool.apply(noteAndSquare, [[file, x]], priority === undefined ? undefined : { priority });
  const results = [note(0, -5), note(1), note(2, 1), note(3), note(4, 10), note(5, -1), note(6, 1), note(7, 10)];
  results.push(
    ...[
      pool.map(
        noteAndSquare,
        [8, 9].map((x) => [file, x] as const),
        { priority: 5, chunksize: 1 },
      ),
    ].map((list) => list.then(() => 0)),
  );
  event.set();
  await Promise.all([holding, ...results]);
  assert.deepEqual(linesOf(file).map(Number), [0, 4, 7, 8, 9, 2, 6, 1, 3, 5]);
  await closeSoundly(pool);
});

test('what a dead worker had, and a task that is tried again, keep their priority', async () => {
  const pool = new Pool(1);
  const file = newFile();
  const died = newFile();
  const lethal = pool.apply(dieTimes, [died, 1], { retries: 1, priority: -1 });
  const results = [0, 1, 2].map((x) => pool.apply(noteAndSquare, [[file, x]], { priority: x }));
  await Promise.all([lethal, ...results]);
  assert.equal(linesOf(died).length, 2);
  assert.deepEqual(linesOf(file).map(Number).sort(), [0, 1, 2]);
  await closeSoundly(pool);
});
