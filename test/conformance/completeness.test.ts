/** Each of CPython's tests has a test of its name, or a reason why not. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { projectRoot } from '../architecture/project.js';
import { NAMES, SKIPS } from './names.js';

const names = Object.entries(NAMES).flatMap(([suite, tests]) => tests.map((name) => `${suite}.${name}`));

const folder = join(projectRoot, 'test');
const sources = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  .filter((file) => /^conformance[\\/]\w+_suite\.ts$|[\\/]conformance\.test\.ts$/.test(file))
  .map((file) => readFileSync(join(folder, file), 'utf8'));
/** One with a `skip` of its own needs something of the machine: it is there. */
const tests = sources.flatMap((source) =>
  [...source.matchAll(/\b(?:test\(|check\(context,)\s*'(_?\w+\.test_\w+)'/g)].map(([, name]) => name),
);

test('each name has a test or a reason, and no name has both', () => {
  assert.deepEqual(
    names.filter((name) => !tests.includes(name) && !Object.hasOwn(SKIPS, name)),
    [],
  );
  assert.deepEqual(
    Object.keys(SKIPS).filter((name) => tests.includes(name) || !names.includes(name)),
    [],
  );
});

test('no name is there twice', () => {
  assert.deepEqual(
    tests.filter((name, i) => tests.indexOf(name) !== i),
    [],
  );
});

test('the tests of these classes are in the list', () => {
  const classes = Object.keys(NAMES);
  assert.deepEqual(
    tests.filter((name) => classes.includes(name.split('.')[0]) && !names.includes(name)),
    [],
  );
});

for (const [name, reason] of Object.entries(SKIPS)) test(name, { skip: reason });
