import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { isMain } from '#dist/references/is_main.js';
import { fixture, fixturePath, run } from './support.js';

/** Inside the package: --preserve-symlinks-main resolves imports from where the link is. */
let folder: string;
before(() => {
  folder = mkdtempSync(fileURLToPath(new URL('../is-main-', import.meta.url)));
  for (const name of ['main-esm.mjs', 'main-cjs.cjs']) symlinkSync(fixturePath(name), path.join(folder, `link-${name}`));
  symlinkSync(fixturePath('main-folder'), path.join(folder, 'main-folder'));
});
after(() => rmSync(folder, { recursive: true }));

const library = JSON.stringify(new URL('../../../dist/references/is_main.js', import.meta.url).href);
/** Prints for itself, and, by importing main-esm.mjs, for a module that is not the entry. */
const esmText = `import { isMain } from ${library}; console.log('inline', isMain(import.meta)); await import(${JSON.stringify(fixture('main-esm.mjs'))});`;
const cjsText = `import(${library}).then(({ isMain }) => { console.log('inline', isMain(module)); return import(${JSON.stringify(fixture('main-esm.mjs'))}); });`;

const table: [name: string, args: () => string[], expected: string, input?: string][] = [
  ['ES module', () => ['main-esm.mjs'], 'esm true'],
  ['ES module by absolute path', () => [fixturePath('main-esm.mjs')], 'esm true'],
  ['CommonJS', () => ['main-cjs.cjs'], 'cjs true'],
  ['CommonJS without extension', () => ['main-folder/index'], 'index true'],
  ['folder', () => ['main-folder'], 'index true'],
  ['ES module by symlink', () => [path.join(folder, 'link-main-esm.mjs')], 'esm true'],
  ['CommonJS by symlink', () => [path.join(folder, 'link-main-cjs.cjs')], 'cjs true'],
  ['folder by symlink', () => [path.join(folder, 'main-folder')], 'index true'],
  [
    'symlink with --preserve-symlinks-main',
    () => ['--preserve-symlinks-main', path.join(folder, 'link-main-esm.mjs')],
    'esm true',
  ],
  ['imported', () => ['imports-main.mjs'], 'esm false\ncjs false'],
  ['imported again with a query', () => ['imports-itself.mjs'], 'self false\nself true'],
  ['preloaded', () => ['--import', fixture('main-esm.mjs'), 'main-cjs.cjs'], 'esm false\ncjs true'],
  ['TypeScript by tsx', () => ['--import', 'tsx', 'main-typed.ts'], 'typed true'],
  ['--eval of an ES module', () => ['--input-type=module', '-e', esmText], 'inline true\nesm false'],
  ['--eval of CommonJS', () => ['-e', cjsText], 'inline true\nesm false'],
  ['--eval with an argument that is a module', () => ['-e', cjsText, fixturePath('main-esm.mjs')], 'inline true\nesm false'],
  ['stdin, ES module', () => ['--input-type=module'], 'inline true\nesm false', esmText],
  ['stdin, CommonJS', () => ['-'], 'inline true\nesm false', cjsText],
  ['in a child', () => ['--import', fixture('mark-child.mjs'), 'main-esm.mjs'], 'esm false'],
  ['in a child, CommonJS', () => ['--import', fixture('mark-child.mjs'), 'main-cjs.cjs'], 'cjs false'],
];

for (const [name, args, expected, input] of table)
  test(name, () => {
    const { stdout, stderr, status } = run(args(), { input });
    assert.deepEqual({ stdout: stdout.trim(), stderr, status }, { stdout: expected, stderr: '', status: 0 });
  });

test('REPL', () => {
  const { stdout } = run(['-i'], { input: `await import(${library}).then(({ isMain }) => 'inline ' + isMain(module))\n` });
  assert.match(stdout, /'inline true'/);
});

test('a bundle that has no import.meta', () => {
  assert.equal(isMain({} as ImportMeta), true);
});

test('the mark of a child is not inherited by programs that it starts', () => {
  const { stdout } = run(['--import', fixture('mark-child.mjs'), 'spawns-main.mjs']);
  assert.equal(stdout.trim(), 'esm true');
});
