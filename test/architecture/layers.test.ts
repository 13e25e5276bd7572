/** Each rule of `layers.ts` can fail, and does not fail without a reason. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkCopies, checkCycles, checkEntryPoint, checkLayers, checkPlatform, exportedNames } from './layers.js';

const files = (all: Record<string, string>): Map<string, string> => new Map(Object.entries(all));

test('downward and sideways imports are fine', () => {
  const sources = files({
    'base/errors.ts': `import { inspect } from 'node:util';`,
    'memory/heap.ts': `import { a } from '../base/errors.ts';\nimport { b } from './layout.js';`,
    'memory/layout.ts': 'export const b = 1;',
    'index.ts': `export { a } from './base/errors.ts';`,
  });
  assert.deepEqual(checkLayers(sources), []);
});

test('an upward import is found, whatever its form', () => {
  const forms = [
    `import { x } from '../pool/pool.ts';`,
    `import {\n  x,\n  // not y\n  z,\n} from '../pool/pool.js';`,
    `import '../pool/pool.ts';`,
    `import type { X } from '../pool/pool.ts';`,
    `export { x } from '../pool/pool.ts';`,
    `export * from '../pool/pool.ts';`,
    `const x = await import('../pool/pool.ts');`,
    `let x: import('../pool/pool.ts').Pool;`,
    `const x = require('../pool/pool.ts');`,
    `const x = new URL('../pool/pool.js', import.meta.url);`,
  ];
  for (const form of forms) {
    const found = checkLayers(files({ 'base/a.ts': form, 'pool/pool.ts': '' }));
    assert.equal(found.length, 1, form);
    assert.match(found[0], /base may not import from pool/);
  }
});

test('what looks like an import and is none is left alone', () => {
  const source = [
    `// import { x } from '../pool/pool.ts';`,
    `/* import '../pool/pool.ts'; */`,
    `/**\n * import { Pool } from '../pool/pool.ts';\n */`,
    `const quotes = /['"\`]/; // import '../pool/pool.ts'`,
    'const half = a / b; // "from" here',
    `const text = \`\${a ? \`//\` : "/*"}\`; // */`,
  ].join('\n');
  assert.deepEqual(checkLayers(files({ 'base/a.ts': source, 'pool/pool.ts': '' })), []);
});

test('an import after strings and regular expressions is still seen', () => {
  const source = `const a = /[/'"]/.test('//'); const b = \`/*\${'}'}\`;\nimport '../pool/pool.ts';`;
  assert.equal(checkLayers(files({ 'base/a.ts': source, 'pool/pool.ts': '' })).length, 1);
});

test('a copy of bytes by slice is found', () => {
  for (const form of [
    'this.bytes.slice()',
    'this.#body?.slice(4)',
    'encode(value, undefined, root).slice()',
    'message.bytes\n  .slice(1, 2)',
  ])
    assert.equal(checkCopies(files({ 'base/a.ts': `const copy = ${form};` })).length, 1, form);
  for (const form of ['items.slice()', 'bytes.subarray(1)', 'new Uint8Array(bytes)', 'text.slice(bytes)'])
    assert.deepEqual(checkCopies(files({ 'base/a.ts': `const copy = ${form};` })), [], form);
});

test('references sees base and platform only', () => {
  const sources = files({
    'references/a.ts': `import '../memory/b.ts';\nimport '../base/c.ts';`,
    'memory/b.ts': '',
    'base/c.ts': '',
  });
  assert.deepEqual(checkLayers(sources), [`references/a.ts:1: '../memory/b.ts': references may not import from memory`]);
});

test('unknown folders, loose files, missing targets and ways around are found', () => {
  assert.deepEqual(checkLayers(files({ 'utils/a.ts': '' })), ['utils/a.ts: not in a known layer']);
  assert.deepEqual(checkLayers(files({ 'helper.ts': '' })), ['helper.ts: not in a known layer']);
  assert.match(checkLayers(files({ 'base/a.ts': `import './b.ts';` }))[0], /does not exist/);
  assert.match(checkLayers(files({ 'base/a.ts': `import '../../test/b.ts';` }))[0], /leaves src/);
  assert.match(checkLayers(files({ 'base/a.ts': `import 'multiproc';` }))[0], /import the file itself/);
  assert.match(checkLayers(files({ 'base/a.ts': `import '#dist/index.js';` }))[0], /import the file itself/);
  assert.match(checkLayers(files({ 'base/a.ts': `import '../index.ts';`, 'index.ts': '' }))[0], /base may not import from index/);
});

test('a cycle is found once, types may refer to each other', () => {
  const cycle = files({
    'sync/a.ts': `import './b.ts';`,
    'sync/b.ts': `import './c.ts';`,
    'sync/c.ts': `export { x } from './a.ts';`,
  });
  assert.deepEqual(checkCycles(cycle), ['sync/a.ts -> sync/b.ts -> sync/c.ts -> sync/a.ts']);
  assert.deepEqual(checkCycles(files({ 'sync/a.ts': `import './a.ts';` })), ['sync/a.ts -> sync/a.ts']);
  const types = files({ 'sync/a.ts': `import type { B } from './b.ts';`, 'sync/b.ts': `import { a } from './a.ts';` });
  assert.deepEqual(checkCycles(types), []);
  const inline = files({ 'sync/a.ts': `import { type B } from './b.ts';`, 'sync/b.ts': `import { a } from './a.ts';` });
  assert.equal(checkCycles(inline).length, 1, 'an import with inline types only is not erased');
  const diamond = files({ 'sync/a.ts': `import './b.ts';\nimport './c.ts';`, 'sync/b.ts': `import './c.ts';`, 'sync/c.ts': '' });
  assert.deepEqual(checkCycles(diamond), []);
});

test('the platform is asked in platform/ only', () => {
  const forms = [
    `if (process.platform === 'linux') {}`,
    `if (process['platform'] === 'linux') {}`,
    'const { pid, platform } = process;',
    `import { platform } from 'node:os';`,
    'const name = os.platform();',
    `import koffi from 'koffi';`,
    `const koffi = await import('koffi');`,
    `createRequire(import.meta.url)('koffi'); koffi.load('libc');`,
    `import ffi from 'node:ffi';`,
    'process.dlopen(module, file);',
    `const addon = load('./build/addon.node');`,
  ];
  for (const form of forms) {
    assert.notDeepEqual(checkPlatform(files({ 'sync/a.ts': form })), [], form);
    assert.deepEqual(checkPlatform(files({ 'platform/linux.ts': form })), [], form);
  }
  const harmless = `// koffi and process.platform\nimport { current } from '../platform/current.ts';\nthrow new Error('koffi is missing');`;
  assert.deepEqual(checkPlatform(files({ 'sync/a.ts': harmless })), []);
});

test('an entry point is a list of names', () => {
  const good = `// grouped\nexport { Pool } from './pool/pool.ts';\nexport type {\n  A, // of tasks\n  B as C,\n} from './pool/types.ts';\n`;
  assert.deepEqual(checkEntryPoint(good), []);
  assert.deepEqual(checkEntryPoint('export {};\n'), []);
  assert.match(checkEntryPoint(`export * from './pool/pool.ts';`)[0], /export \*/);
  assert.match(checkEntryPoint(`export * as pool from './pool/pool.ts';`)[0], /export \*/);
  assert.match(checkEntryPoint(`import { a } from './a.ts';\nexport { a };`)[0], /not a re-export/);
  assert.match(checkEntryPoint('export const version = 1;')[0], /not a re-export/);
  assert.match(checkEntryPoint(`export { a as default } from './a.ts';`)[0], /default/);
});

test('exported names are read, types marked', () => {
  const source = `export { Pool, a as b, type T } from './x.ts';\nexport type { C } from './y.ts'; // { D }`;
  assert.deepEqual(exportedNames(source), ['Pool', 'b', 'type C', 'type T']);
});
