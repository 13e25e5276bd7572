import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { ModuleText } from '#dist/references/placement.js';
import { tokenize } from '#dist/references/tokens.js';

/** `@` stands before the function in question. */
const modules: [text: string, verdict: string][] = [
  // Exported, or perhaps exported.
  ['export @function f() {}', 'unknown'],
  ['export default @() => 1', 'unknown'],
  ['export const f = @(a) => a', 'unknown'],
  ['@function f() {} export { f }', 'unknown'],
  ['@function f() {} export { f as g }', 'unknown'],
  ['@function f() {} export default f', 'unknown'],
  ['@function f() {} const g = f; export { g }', 'unknown'],
  ['@function f() {}\nconst g = f\nconst h = g\nexport { h }', 'unknown'],
  ['const all = {}; __export(all, { f: () => f }); const g = all.f; @function f() {} export { g }', 'unknown'],
  ['export const f = wrap(@(a) => a)', 'unknown'],
  ['export const f = a ? @(b) => b : (c) => c', 'unknown'],
  ['export const f = a ? (b) => b : @(c) => c', 'unknown'],
  ['export const one = () => two()\nexport const f = @(a) => a', 'unknown'],
  ['const one = () => two()\nlet f = @(a) => a\nexport { f }', 'unknown'],
  ['export default { f: @(a) => a }', 'unknown'],
  ['let f; if (x) { f = @() => 1 } export { f }', 'unknown'],
  ['const { f } = { f: @() => 1 }; export { f }', 'unknown'],
  ['export const [f] = [@() => 1]', 'unknown'],
  ['const a = b / 2; /* } */ const r = /[/}]/; export @function f() {}', 'unknown'],
  // Plainly not.
  ['@function f() {} export function g() {}', 'unexported'],
  ['@function f() {} export function g() { return f() }', 'unexported'],
  ['@function f() {} export const g = () => f', 'unexported'],
  ['export const a = 1\n@function f() {}', 'unexported'],
  ['const f = @() => 1', 'unexported'],
  ['if (isMain(import.meta)) { const r = await pool.map(@(a) => a, xs) } export const pool = 1', 'unexported'],
  ['await pool.map(@(a) => a, xs); export function g() {}', 'unexported'],
  ['@class A {} export class B {}', 'unexported'],
  // biome-ignore-start lint/suspicious/noTemplateCurlyInString: it is source text
  ['const s = `${`}`}`; @function f() {} export const t = `${s} f`', 'unexported'],
  ['export const s = `${(() => { return `}` })()}`; @function f() {}', 'unexported'],
  // biome-ignore-end lint/suspicious/noTemplateCurlyInString: it is source text
  ['for (const a of b) { const f = @() => a }', 'unexported'],
  // Inside a function.
  ['export function g() { return @() => 1 }', 'nested'],
  ['export const g = (n) => @(x) => x + n', 'nested'],
  ['export const g = (n) => wrap(@(x) => x + n)', 'nested'],
  ['export const g = (xs) => pool.map(@(x) => x, xs)', 'nested'],
  ['export const g = async () => { if (a) { f(@function () {}) } }', 'nested'],
  ['export class A { m() { return @() => 1 } }', 'nested'],
  ['export class A { x = @() => 1 }', 'nested'],
  ['test("a", () => { const f = @() => 1 })', 'nested'],
  ['class A { static { A.f = @() => 1 } }', 'nested'],
  ['export class A { static @f() {} }', 'method'],
  ['export class A extends mixin({}) { @f() {} }', 'method'],
  ['function f()\n{\n  @function g() {}\n}', 'nested'],
];

const scripts: [text: string, verdict: string][] = [
  ['module.exports = @function () {}', 'unknown'],
  ['exports.f = @() => 1', 'unknown'],
  ['@function f() {} exports.f = f', 'unknown'],
  ['@function f() {} module.exports = { f }', 'unknown'],
  ['module.exports = { @f() {} }', 'unknown'],
  ['@function f() {} Object.assign(exports, { f })', 'unknown'],
  ['@function f() {} Object.defineProperty(exports, "f", { get: function () { return f } })', 'unknown'],
  ['var f_exports = {}; __export(f_exports, { f: () => f }); module.exports = copy(f_exports); @function f() {}', 'unknown'],
  ['(() => { exports.f = f; @function f() {} })()', 'unknown'],
  ['(function (root, factory) { module.exports = factory() })(this, function () { @function f() {} return { f } })', 'unknown'],
  ['var r = __commonJS({ "x.js"(exports, module) { @function f() {} module.exports = f } }); module.exports = r()', 'unknown'],
  ['exports.f = (() => { let n; return @() => n })()', 'unknown'],
  ['@function f() {}', 'unexported'],
  ['@function f() {} exports.g = 1', 'unexported'],
  ['(() => { @function f() {} exports.g = 1 })()', 'unexported'],
  ['(async () => { const f = @() => 1; await map(f) })(); exports.g = 1', 'nested'],
  ['function g() { return @() => 1 } exports.g = g', 'nested'],
];

for (const [kind, table] of [
  ['module', modules],
  ['script', scripts],
] as const)
  for (const [marked, verdict] of table)
    test(`${kind}: ${marked.replaceAll('\n', ' ')}`, () => {
      const offset = marked.indexOf('@');
      const text = marked.replace('@', '');
      assert.equal(new ModuleText(text, kind === 'module').placement(offset).verdict, verdict);
    });

test('in a module that a test runner wrapped', () => {
  const wrappers = [
    "'use strict';async (__vite_ssr_exports__)=>{{BODY\n}}",
    '({"Object.<anonymous>":function(module,exports){BODY}});',
  ];
  const bodies = [
    ['@function f() {}', 'unknown'],
    ['const f = @() => 1', 'unknown'],
    ['test("a", () => { @function f() {} })', 'nested'],
    ['class A { static @f() {} }', 'method'],
  ];
  for (const wrapper of wrappers)
    for (const [body, verdict] of bodies) {
      const marked = wrapper.replace('BODY', body);
      const text = new ModuleText(marked.replace('@', ''), false);
      assert.equal(text.wrappedPlacement(marked.indexOf('@')).verdict, verdict, marked);
    }
});

test('what is not understood is left to the receiver', () => {
  for (const text of ['function f() {', 'f(]', "'", '`${', '}'])
    assert.equal(new ModuleText(text, true).placement(0).verdict, 'unknown');
  assert.equal(new ModuleText('function f() {}', true).placement(3).verdict, 'unknown');
});

test('real code is understood', () => {
  const files = ['fast-check', 'piscina', 'poolifier', 'tinypool', 'tsx', 'workerpool'].flatMap((name) => {
    const root = fileURLToPath(new URL(`../../../node_modules/${name}/`, import.meta.url));
    const inside = readdirSync(root, { recursive: true, encoding: 'utf8' }).map((file) => path.join(root, file));
    return inside.filter((file) => /\.[cm]?js$/.test(file));
  });
  assert.ok(files.length > 30, `${files.length} files`);
  for (const file of files) assert.notEqual(tokenize(readFileSync(file, 'utf8')), null, file);
});
