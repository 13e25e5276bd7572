import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertNotImporting, importingModule, runAsImport, runAsTarget } from '#dist/references/import_guard.js';
import { fixture, fixturePath, run } from './support.js';

const ALWAYS = [
  'top level',
  'setTimeout',
  'setImmediate',
  'queueMicrotask',
  'nextTick',
  'fs callback',
  'then',
  'async function',
  'test()',
  'test() after an await',
  'describe()',
  'before()',
  'it()',
];
const TARGET = ['target', 'function of the import, called by the target', 'target after an await'];

const cases: [module: string, mode: string, extra: string[]][] = [
  ['guard-esm.mjs', 'async', []],
  ['guard-esm.mjs', 'sync', []],
  ['guard-cjs.cjs', 'async', []],
  ['guard-cjs.cjs', 'sync', []],
  ['guard-awaits.mjs', 'async', ['after top-level await']],
];

for (const [module, mode, extra] of cases)
  test(`whatever an import begins may start nothing, the target may: ${module}, ${mode}`, () => {
    const { stderr } = run(['guard-child.mjs', fixture(module), mode]);
    const { message, ...outcomes } = JSON.parse(stderr);
    const expected = Object.fromEntries([
      ...[...ALWAYS, ...extra].map((from) => [from, 'BootstrapError']),
      ...TARGET.map((from) => [from, 'started']),
    ]);
    assert.deepEqual(outcomes, expected);
    assert.ok(message.includes(`imported ${fixturePath(module)}`), message);
    assert.ok(message.includes('if (isMain(import.meta)) {'), message);
    assert.ok(message.includes('new Process().start()'), message);
  });

test('a BootstrapError of an import comes through as itself', () => {
  const { stdout, stderr } = run(['guard-refused.mjs']);
  assert.deepEqual({ stdout, stderr }, { stdout: 'BootstrapError ERR_MULTIPROC_BOOTSTRAP\n'.repeat(2), stderr: '' });
});

test('in a main program nothing is fenced', () => {
  runAsImport('file:///main.mjs', () => {
    assert.equal(importingModule(), null);
    assertNotImporting('new Pool()');
  });
  assert.equal(
    runAsTarget(() => 5),
    5,
  );
});
