import assert from 'node:assert/strict';
import { test } from 'node:test';
import { byValue } from '#dist/references/by_value.js';
import { functionCodec, importingFunctionCodec } from '#dist/references/codec.js';
import { describeFunction } from '#dist/references/describe.js';
import { loadModule } from '#dist/references/living.js';
import { ModuleNotLoaded } from '#dist/references/module_not_loaded.js';
import { ref, refs } from '#dist/references/ref.js';
import { registerFunctions } from '#dist/references/registered.js';
import { resolveFunction, resolveFunctionAsync } from '#dist/references/resolve.js';
import { fixture, receive } from './support.js';

/** The shape of statics.mjs, which has no declarations. */
interface Statics {
  readonly Hasher: { new (): object; digest(text: string): string };
  readonly api: { scale(n: number): number };
  default(): string;
  readonly constant: number;
}
const statics = fixture('statics.mjs');

test('ref names an export, a default export and a member, and calls it with its owner', () => {
  const digest = ref<(text: string) => string>(statics, 'Hasher.digest');
  const jobs = [
    { fn: digest, args: ['x'], value: '#x' },
    { fn: ref(statics, 'default'), args: [], value: 'default' },
    { fn: ref(statics, 'api.scale'), args: [4], value: 8 },
    { fn: ref(fixture('function.cjs'), 'default'), args: [2], value: 14 },
    { fn: ref(fixture('tasks.cjs'), 'plus'), args: [2], value: 3 },
    { fn: refs<Statics>(new URL(statics)).default, args: [], value: 'default' },
  ];
  for (const mode of ['sync', 'async'] as const)
    assert.deepEqual(
      receive(jobs.map(({ fn, args }) => ({ reference: describeFunction(fn), args, mode }))),
      jobs.map(({ value }) => ({ value })),
    );
});

test('a stand-in called here loads the module and calls the function', () => {
  const { default: main, Hasher } = refs<Statics>(statics);
  const text: string = main();
  assert.equal(text, 'default');
  assert.equal(main.name, 'default');
  assert.equal(String(new Hasher().constructor.name), 'Hasher');
  assert.throws(() => ref(statics, 'Hasher.absent')(), {
    name: 'FunctionReferenceError',
    message: /Hasher\.absent.*names no function.*exports/,
  });
});

test('a stand-in is the same for the same name, and comes home', async () => {
  const awaited = ref(fixture('awaits.mjs'), 'awaited');
  assert.equal(ref(new URL(fixture('awaits.mjs')), 'awaited'), awaited);
  const reference = describeFunction(awaited);
  // Its module cannot be required, and a synchronous reader has nothing better.
  assert.equal(resolveFunction(reference), awaited);
  assert.throws(() => awaited(1), ModuleNotLoaded);
  const real = await resolveFunctionAsync(reference);
  assert.notEqual(real, awaited);
  assert.equal(awaited(1), 1.5);
  assert.equal(resolveFunction(reference), real);
});

test('refs answers no question that is not about exports', async () => {
  const all = refs<Statics>(statics);
  assert.equal(await all, all);
  assert.equal((all as any)[Symbol.iterator], undefined);
});

test('ref refuses what names nothing', () => {
  assert.throws(() => ref('./tasks.mjs', 'square'), {
    name: 'TypeError',
    message: /new URL\('\.\/tasks\.mjs', import\.meta\.url\)/,
  });
  assert.throws(() => ref(statics, ''), TypeError);
  assert.throws(() => ref(statics, 'a..b'), TypeError);
});

const factor = 3;
const byValues: [name: string, fn: any, args: unknown[], result: unknown][] = [
  ['arrow function', byValue((n: number) => n * factor, { scope: { factor } }), [2], 6],
  ['async arrow function', byValue(async (n: number) => n + 1), [2], 3],
  ['function', byValue(function named(n: number): number { return n === 0 ? 0 : n + named(n - 1); }), [3], 6], // biome-ignore format: one line
  ['method', byValue({ method(n: number) { return n + 2; } }.method), [2], 4], // biome-ignore format: one line
  ['async method', byValue({ async method(n: number) { return n + 2; } }.method), [2], 4], // biome-ignore format: one line
  ['computed method', byValue({ [`a${' '}b`](n: number) { return n + 4; } }['a b']), [2], 6], // biome-ignore format: one line
  ['method named as a keyword', byValue({ if(n: number) { return n + 5; } }.if), [2], 7], // biome-ignore format: one line
  ['class', byValue(class { readonly x = 1; }), [], { x: 1 }], // biome-ignore format: one line
];

test('byValue sends source and scope', () => {
  for (const mode of ['sync', 'async'] as const) {
    const results = receive(byValues.map(([, fn, args]) => ({ reference: describeFunction(fn), args, mode })));
    for (const [i, [name, , , result]] of byValues.entries()) assert.deepEqual(results[i], { value: result }, name);
  }
});

test('what byValue returns is what the receiver builds', async () => {
  const add = byValue((x: number) => x + offset, { scope: { offset: 2 } });
  const offset = 100;
  assert.equal(add(1), 3);
  assert.equal(offset, 100);
  const lost = byValue(() => offset);
  assert.throws(() => lost(), ReferenceError);
  const generator = byValue(function* () {
    yield 1;
  });
  assert.deepEqual([...generator()], [1]);
  const reference = describeFunction(add) as any;
  assert.equal(resolveFunction({ ...reference }), add);
  const elsewhere = { ...reference, id: 'made elsewhere' };
  const built = resolveFunction(elsewhere);
  assert.notEqual(built, add);
  assert.equal(resolveFunction(elsewhere), built);
  assert.deepEqual(describeFunction(built), elsewhere);
});

test('scope may hold functions', () => {
  const twice = byValue((n: number) => helper(helper(n)), { scope: { helper: (n: number) => n + 1 } });
  function helper(n: number): number {
    return n;
  }
  assert.equal(twice(1), 3);
  assert.equal(helper(1), 1);
});

test('byValue refuses what has no source or cannot stand alone', () => {
  const error = { name: 'FunctionReferenceError' };
  assert.throws(() => byValue(Math.max), error);
  assert.throws(() => byValue((() => 1).bind(null)), error);
  assert.throws(() => byValue(new Proxy(() => 1, {})), error);
  assert.throws(() => byValue(Object.getOwnPropertyDescriptor({ get x() { return 1; } }, 'x')!.get!), error); // biome-ignore format: one line
  assert.throws(() => byValue(() => 1, { scope: { 'no name': 1 } }), error);
  assert.throws(() => byValue(5 as any), TypeError);
  assert.throws(() => resolveFunction({ form: 'source', source: 'return 5', scope: {}, id: 'five' }), error);
  assert.throws(() => resolveFunction({ form: 'source', source: 'syntax error', scope: {}, id: 'bad' }), error);
});

test('registered functions travel by their name', () => {
  const secret = (n: number): number => n;
  registerFunctions({ secret });
  assert.deepEqual(describeFunction(secret), { form: 'registered', name: 'secret' });
  assert.equal(resolveFunction({ form: 'registered', name: 'secret' }), secret);
  assert.throws(() => resolveFunction({ form: 'registered', name: 'other' }), /freezeSupport/);
  assert.throws(() => registerFunctions({ no: 5 as any }), TypeError);
});

test('the codec of asynchronous readers leaves modules to be imported', async () => {
  const url = `${fixture('tasks.mjs')}?codec`;
  const description = { form: 'member', url, path: 'square' };
  let needs: ModuleNotLoaded | undefined;
  const needed = (error: unknown): boolean => {
    needs = error instanceof ModuleNotLoaded ? error : undefined;
    return needs?.url === url;
  };
  assert.throws(() => importingFunctionCodec.resolve(description), needed);
  assert.throws(() => functionCodec.resolve(description), needed);
  await loadModule(needs!);
  assert.equal(importingFunctionCodec.resolve(description)(3), 9);
  assert.equal(functionCodec.resolve(description), importingFunctionCodec.resolve(description));
  assert.equal(functionCodec.resolve({ form: 'builtin', module: '', path: 'Math.max' }), Math.max);
  assert.throws(
    () => functionCodec.resolve({ form: 'builtin', module: '', path: 'Math.constructor' }),
    /has no Math\.constructor/,
  );
});
