/** A program that is killed at any step of making or unlinking a block: the next session finds everything that it left. */
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { SharedMemory } from 'multiproc/shared-memory';
import { platform } from '#dist/platform/current.js';
import { runProgram, sessionFolders, temporaryFolder } from '../support/programs.js';
import { repetitions } from '../support/repetitions.js';
import { exists, noDevShm, testName } from './support.js';

/** 1 = each step, as in the soak test; by default every third, on other days the rest. */
const STRIDE = Number(process.env.KILL_STRIDE ?? repetitions(3, 1));
const FIRST = 1 + (Math.floor(Date.now() / 86_400_000) % STRIDE);

/**
 * Runs the program once for each of these steps, until it gets to its end before the step comes. Each one cleans up after the one before, as any session does; one
 * more cleans up after the last. Then nothing may be left that any of them made. Returns the last step.
 */
async function dieAtEach(what: string, when: string, renames: string, nameOf = testName, most = Infinity): Promise<number> {
  const temp = temporaryFolder();
  const left = new Map<string, string>();
  const [first, stride] = most === Infinity ? [FIRST, STRIDE] : [1, 1];
  let step = first;
  for (let isOver = false; !isOver && step <= most; step += stride) {
    const name = nameOf();
    const args = [what, when, String(step), name, renames];
    const { signal, stdout, stderr } = await runProgram('programs/die-at.js', import.meta, { args, temp });
    isOver = signal === null;
    assert.deepEqual([/^(done, \d+ left\n)?$/.test(stdout), stderr], [true, ''], args.join(' '));
    left.set(name, `the name of step ${step}`);
    for (const folder of sessionFolders(temp))
      for (const file of readdirSync(join(temp, folder)))
        if (file.startsWith('shm-')) left.set(`multiproc-${file.split('-').pop()}`, `the draft of step ${step}`);
  }
  await runProgram('programs/session.js', import.meta, { temp });
  assert.deepEqual(readdirSync(temp), []);
  const found = [...left].filter(([name]) => exists(name)).map(([, whose]) => whose);
  assert.deepEqual(found, most === Infinity ? [] : found.filter((whose) => whose.startsWith('the name')));
  return step - stride;
}

for (const renames of ['renames', 'renames not'])
  for (const when of ['before', 'after']) {
    test(`killed ${when} each step of making a block (${renames})`, { skip: noDevShm }, async () => {
      const steps = await dieAtEach('make', when, renames);
      assert.ok(steps > 5, `${steps} steps`);
    });
  }

test('killed at each step of unlinking a block', { skip: noDevShm }, async () => {
  for (const when of ['before', 'after']) await dieAtEach('unlink', when, 'renames');
});

test('killed while it makes a block of a name that another has: that one stays', { skip: noDevShm }, async () => {
  for (const renames of ['renames', 'renames not']) {
    const shm = SharedMemory.create({ name: testName(), size: 10 });
    await dieAtEach('make', 'after', renames, () => shm.name, 3);
    assert.equal(SharedMemory.attach(shm.name).size, 10, renames);
    shm.unlink();
  }
});

test('a half-made block of a program of another kind is an error, not a crash', { skip: noDevShm }, () => {
  const { named } = platform();
  const name = testName();
  const fd = named.create(name)!;
  assert.throws(() => SharedMemory.attach(name), { name: 'SharedMemoryError', message: /has no size yet/ });
  named.resize(fd, 100);
  assert.equal(SharedMemory.attach(name).size, 100);
  platform().close(fd);
  named.unlink(name);
});
