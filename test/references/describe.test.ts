import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { FunctionReferenceError } from '#dist/base/errors.js';
import { describeFunction } from '#dist/references/describe.js';
import { resolveFunction, resolveFunctionAsync } from '#dist/references/resolve.js';
import type { Job } from './support.js';
import { fixture, fixturePath, receive, run } from './support.js';

const tasks = await import(fixture('tasks.mjs'));
const cjs = (await import(fixture('tasks.cjs'))).default;
const onlyFunction = (await import(fixture('function.cjs'))).default;
const object = (await import(fixture('object.cjs'))).default;
const umd = (await import(fixture('umd.cjs'))).default;
const withQuery = await import(`${fixture('tasks.mjs')}?copy=1`);
const { awaited } = await import(fixture('awaits.mjs'));

const sendable: [name: string, fn: any, args: unknown[], result: unknown][] = [
  ['function', tasks.square, [3], 9],
  ['arrow function', tasks.double, [3], 6],
  ['function expression', tasks.triple, [3], 9],
  ['async function', tasks.later, [3], 4],
  ['class', tasks.Point, [3], { x: 3 }],
  ['empty class', tasks.Empty, [], {}],
  ['anonymous default', tasks.default, [3], 2],
  ['renamed export', tasks.power3, [3], 27],
  ['function of a module that another re-exports', tasks.viaHere, [3], 30],
  ['aliased export', tasks.alias, [3], 9],
  ['exports.f', cjs.plus, [3], 4],
  ['exports.f = f', cjs.minus, [3], 2],
  ['exports.Class', cjs.Box, [3], { x: 3 }],
  ['module.exports = f', onlyFunction, [3], 21],
  ['module.exports = { f() {} }', object.inline, [3], 4],
  ['module.exports = { renamed }', object.renamed, [3], 5],
  ['UMD', umd.wrapped, [3], 103],
  ['Math.max', Math.max, [1, 5, 2], 5],
  ['parseInt', parseInt, ['12'], 12],
  ['JSON.parse', JSON.parse, ['[1]'], [1]],
  ['Array.isArray', Array.isArray, [[]], true],
  ['Buffer.byteLength', Buffer.byteLength, ['abc'], 3],
  ['path.basename', path.basename, ['/a/b'], 'b'],
  ['structuredClone', structuredClone, [{ a: 1 }], { a: 1 }],
  ['encodeURIComponent', encodeURIComponent, ['ä'], '%C3%A4'],
];

test('another process finds the same function, synchronously and asynchronously', () => {
  const jobs = sendable.flatMap(([, fn, args]): Job[] => {
    const reference = JSON.parse(JSON.stringify(describeFunction(fn)));
    return [
      { reference, args, mode: 'sync' },
      { reference, args, mode: 'async' },
    ];
  });
  // In two processes, so that neither way profits from what the other one loaded.
  for (const mode of ['sync', 'async']) {
    const results = receive(jobs.filter((job) => job.mode === mode));
    for (const [i, [name, , , result]] of sendable.entries()) assert.deepEqual(results[i], { value: result }, `${name}, ${mode}`);
  }
});

test('a reference that comes home gives the same function', async () => {
  for (const [name, fn] of sendable) {
    const reference = JSON.parse(JSON.stringify(describeFunction(fn)));
    assert.equal(resolveFunction(reference), fn, name);
    assert.equal(await resolveFunctionAsync(reference), fn, name);
  }
});

test('a query is part of the module', () => {
  const reference = describeFunction(withQuery.square) as any;
  assert.equal(reference.url, `${fixture('tasks.mjs')}?copy=1`);
  assert.notEqual(withQuery.square, tasks.square);
  assert.equal(resolveFunction(reference), withQuery.square);
  const [sync, async] = receive([
    { reference, args: [4], mode: 'sync' },
    { reference, args: [4], mode: 'async' },
  ]);
  assert.equal(sync.needsImport, true);
  assert.deepEqual(async, { value: 16 });
});

test('a module with top-level await must be imported', () => {
  const reference = describeFunction(awaited);
  const [sync, async, after] = receive([
    { reference, args: [1], mode: 'sync' },
    { reference, args: [1], mode: 'async' },
    { reference, args: [2], mode: 'sync' },
  ]);
  assert.equal(sync.needsImport, true);
  assert.equal(sync.name, 'FunctionReferenceError');
  assert.match(sync.error!, /asynchronous form/);
  assert.deepEqual([async, after], [{ value: 1.5 }, { value: 2.5 }]);
});

for (const mode of ['sync', 'async'])
  test(`in the middle of its module's own top-level await, ${mode}`, () => {
    assert.deepEqual(run([fixturePath('awaits-itself.mjs'), mode]).stdout, 'true true\ntrue\n');
  });

test('in a worker thread', async () => {
  const worker = new Worker(new URL(fixture('describe-in-worker.mjs')));
  const { reference, isMain } = await new Promise<any>((resolve, reject) => worker.on('message', resolve).on('error', reject));
  await worker.terminate();
  assert.deepEqual(reference, describeFunction(tasks.double));
  assert.equal(isMain, false);
});

test('under tsx the loaded text counts, not the file', () => {
  const described = run(['--import', 'tsx', 'typed.ts', 'describe']);
  assert.equal(described.stderr, '');
  const { reference, refusal } = JSON.parse(described.stdout);
  assert.match(refusal, /secret .*typed\.ts.*not exported/);
  const jobs: Job[] = [
    { reference, args: [2], mode: 'sync' },
    { reference, args: [2], mode: 'async' },
  ];
  const [sync, async] = receive(jobs, ['--import', 'tsx']);
  assert.equal(sync.needsImport, true);
  assert.deepEqual(async, { value: 6 });
});

test('beside another inspector, under coverage, and with no trace at exit', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'coverage-'));
  const plain = { stdout: 'ended\n', stderr: '', status: 0 };
  const pick = ({ stdout, stderr, status }: ReturnType<typeof run>) => ({ stdout, stderr, status });
  assert.deepEqual(pick(run(['idle-after-describe.mjs'])), plain);
  const env = { ...process.env, NODE_V8_COVERAGE: folder };
  assert.deepEqual(pick(run(['idle-after-describe.mjs'], { env })), plain);
  const coverage = readdirSync(folder).map((file) => readFileSync(path.join(folder, file), 'utf8'));
  assert.match(coverage.join(), /idle-after-describe\.mjs/);
  rmSync(folder, { recursive: true });
  const inspected = run(['--inspect=0', 'idle-after-describe.mjs']);
  assert.deepEqual([inspected.stdout, inspected.status], ['ended\n', 0]);
});

const nested = tasks.secrets();
const refused: [name: string, fn: any, message: RegExp][] = [
  ['not exported', nested.hidden, /hidden \(.*tasks\.mjs:31:.*not exported.*Add "export"/],
  ['class not exported', nested.HiddenClass, /class HiddenClass \(.*not exported/],
  ['closure', nested.nested, /nested \(.*inside secrets.*top level of its module and export it/],
  ['made by another', nested.made, /inside make/],
  ['anonymous', [(n: number) => n][0], /An anonymous arrow function \(.*describe\.test\.js:\d+:\d+\).*written in place/],
  [
    'in a callback',
    (
      () => (n: number) =>
        n
    )(),
    /anonymous arrow function .*inside another function/,
  ],
  ['not exported from CommonJS', cjs.secrets().hidden, /hidden .*not exported/],
  ['static method', tasks.Point.origin, /ref\(import\.meta\.url, 'Point\.origin'\)/],
  ['bound', tasks.square.bind(null), /bound square.*bound function/],
  ['proxy', new Proxy(tasks.square, {}), /Proxy/],
  ['new Function', new Function('return 1'), /eval, new Function/],
  ['native without a path', resolvingFunction(), /native function .*not reachable from the global object/],
];
function resolvingFunction(): unknown {
  let resolver: unknown;
  new Promise((resolve) => {
    resolver = resolve;
  });
  return resolver;
}

for (const [name, fn, message] of refused)
  test(`refused at the call: ${name}`, () => {
    assert.throws(
      () => describeFunction(fn),
      (error: unknown) => {
        assert.ok(error instanceof FunctionReferenceError);
        assert.match(error.message, message);
        return true;
      },
    );
  });

test('what is no function is a TypeError', () => {
  assert.throws(() => describeFunction(5 as any), { name: 'TypeError', code: 'ERR_MULTIPROC_ARGUMENT' });
});

test('what no export matches is refused by the receiver', () => {
  const reference = { ...describeFunction(tasks.square) };
  const [missing, changed] = receive([
    { reference: { ...reference, name: 'gone', hash: 'x' }, args: [], mode: 'async' },
    { reference: { ...reference, hash: 'x' }, args: [], mode: 'async' },
  ]);
  assert.match(missing.error!, /tasks\.mjs does not export the function gone.*Add "export"/);
  assert.match(changed.error!, /source text differs/);
  assert.equal(missing.code, 'ERR_MULTIPROC_FUNCTION_REFERENCE');
});

test('an export in the middle of an object is refused by the receiver alone', () => {
  const reference = describeFunction(tasks.inObject.method);
  assert.match(receive([{ reference, args: [1], mode: 'async' }])[0].error!, /does not export/);
});

test('a module that cannot be imported is named', () => {
  const reference = { form: 'export', kind: 'function', url: fixture('throws.mjs'), name: 'never', hash: 'x', cjs: false };
  const jobs: Job[] = [fixture('throws.mjs'), fixture('absent.mjs')].flatMap((url): Job[] => [
    { reference: { ...reference, url }, args: [], mode: 'sync' },
    { reference: { ...reference, url }, args: [], mode: 'async' },
  ]);
  const errors = receive(jobs).map(({ error }) => error!);
  assert.match(errors[0], /throws\.mjs could not be imported .*evaluation failed/);
  assert.match(errors[1], /throws\.mjs could not be imported .*evaluation failed/);
  assert.match(errors[2], /absent\.mjs could not be imported/);
  assert.match(errors[3], /absent\.mjs could not be imported/);
});

test('malformed descriptions are refused', () => {
  const good = describeFunction(tasks.square);
  const bad = [
    null,
    5,
    'x',
    {},
    { form: 'other' },
    { form: 'toString' },
    { ...good, url: 'no url' },
    { ...good, name: 1 },
    { ...good, cjs: 'no' },
  ];
  for (const description of bad)
    assert.throws(
      () => resolveFunction(description),
      { name: 'FunctionReferenceError', message: /malformed/ },
      JSON.stringify(description),
    );
});

test('code that comes from no file is refused', () => {
  const script = `import { refusal } from ${JSON.stringify(fixture('describe-inline.mjs'))}; console.log(refusal(function typed() {}));`;
  const expected = /FunctionReferenceError: The function typed .*REPL.*Put it in a file/;
  assert.match(run(['--input-type=module', '-e', script]).stdout, expected);
  assert.match(run(['--input-type=module'], { input: script }).stdout, expected);
  const asScript = `import(${JSON.stringify(fixture('describe-inline.mjs'))}).then(({ refusal }) => console.log(refusal(function typed() {})));`;
  assert.match(run(['-e', asScript]).stdout, expected);
  assert.match(run(['-'], { input: asScript }).stdout, expected);
  const typed = `await import(${JSON.stringify(fixture('describe-inline.mjs'))}).then(({ refusal }) => refusal(function typed() {}))\n`;
  assert.match(run(['-i'], { input: typed }).stdout, expected);
});

const permission = process.allowedNodeEnvironmentFlags.has('--permission') ? '--permission' : '--experimental-permission';
test('where the inspector is not permitted, ref is what remains', () => {
  const { stdout } = run([permission, '--allow-fs-read=*', 'describe-permitted.mjs']);
  assert.match(stdout, /FunctionReferenceError ERR_MULTIPROC_FUNCTION_REFERENCE .*--allow-inspector.*ref\(url, name\)/);
  assert.match(stdout, /"form":"member"/);
});
