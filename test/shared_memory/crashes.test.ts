/** A program that is killed at any step of making or unlinking a block: the next session finds everything that it left. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { test } from 'node:test';
import { SharedMemory } from 'multiproc/shared-memory';
import { platform } from '#dist/platform/current.js';
import { runProgram, temporaryFolder } from '../support/programs.js';
import { exists, noDevShm, testName } from './support.js';

/** Returns whether the program came to its end before its step. Names that the killed program had are gone in any case. */
async function dieAt(what: string, when: string, step: number, name: string, renames = 'renames'): Promise<boolean> {
  const temp = temporaryFolder();
  const outcome = await runProgram('programs/die-at.js', import.meta, { args: [what, when, String(step), name, renames], temp });
  const where = `${what}, ${when} step ${step}: ${outcome.stderr}`;
  const isOver = outcome.signal === null;
  if (isOver) assert.match(outcome.stdout, /^done, \d+ left\n$/, where);
  const folder = readdirSync(temp)[0];
  const drafts = folder === undefined ? [] : readdirSync(`${temp}/${folder}`).map((file) => `multiproc-${file.split('-').pop()}`);
  await runProgram('programs/session.js', import.meta, { temp });
  assert.deepEqual(readdirSync(temp), [], where);
  assert.deepEqual(
    drafts.filter((draft) => existsSync(`/dev/shm/${draft}`)),
    [],
    where,
  );
  return isOver;
}

for (const renames of ['renames', 'renames not'])
  for (const when of ['before', 'after']) {
    test(`killed ${when} each step of making a block (${renames})`, { skip: noDevShm }, async () => {
      let step = 1;
      for (;;) {
        const name = testName();
        const isOver = await dieAt('make', when, step, name, renames);
        assert.equal(exists(name), false, `${when} step ${step}`);
        if (isOver) break;
        step++;
      }
      assert.ok(step > 5, `${step} steps`);
    });
  }

test('killed at each step of unlinking a block', { skip: noDevShm }, async () => {
  for (const when of ['before', 'after'])
    for (let step = 1, isOver = false; !isOver; step++) {
      const name = testName();
      isOver = await dieAt('unlink', when, step, name);
      assert.equal(exists(name), false, `${when} step ${step}`);
    }
});

test('killed while it makes a block of a name that another has: that one stays', { skip: noDevShm }, async () => {
  for (const renames of ['renames', 'renames not']) {
    const shm = SharedMemory.create({ name: testName(), size: 10 });
    for (let step = 1; step < 4; step++) await dieAt('make', 'after', step, shm.name, renames);
    assert.ok(exists(shm.name), renames);
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
