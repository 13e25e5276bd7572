/** The rules of `layers.ts`, applied to `src/`. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkCopies, checkCycles, checkEntryPoint, checkLayers, checkPlatform, ENTRY_POINTS } from './layers.js';
import { readSources } from './project.js';

const sources = readSources();

test('there are sources to check', () => {
  assert.ok(sources.size > 1, 'src/ was not found');
});

test('a file imports from its own folder and from layers below it only', () => {
  assert.deepEqual(checkLayers(sources), []);
});

test('no import cycle', () => {
  assert.deepEqual(checkCycles(sources), []);
});

test('native code and the name of the platform appear in platform/ only', () => {
  assert.deepEqual(checkPlatform(sources), []);
});

test('bytes are copied by what copies Buffers too', () => {
  assert.deepEqual(checkCopies(sources), []);
});

for (const entry of ENTRY_POINTS)
  test(`${entry} re-exports names and nothing else`, () => {
    assert.deepEqual(checkEntryPoint(sources.get(entry) ?? 'missing'), []);
  });
