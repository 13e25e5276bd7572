/** Where targets may stand, and what a child takes over. */
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { Process } from 'multiproc';
import { ref } from '#dist/references/ref.js';
import { runProgram } from '../support/programs.js';
import theDefault from './programs/awaits-child.js';
import { Printer } from './programs/classes.js';
import { print } from './programs/tasks.js';

/** Sources, for what is not built. */
const SOURCES = new URL('../../../test/process/programs/', import.meta.url);

async function outputOf(target: (...args: any[]) => unknown, args: readonly unknown[]): Promise<string> {
  const child = new Process({ target, args, stdio: 'pipe' }).start();
  const [code, stdout, stderr] = await Promise.all([child.join(), text(child.stdout!), text(child.stderr!)]);
  assert.deepEqual([code, stderr], [0, '']);
  return stdout;
}

test('exports, default exports, CommonJS, functions of Node, static methods by ref', async () => {
  const commonJS = createRequire(import.meta.url)(new URL('target.cjs', SOURCES).pathname);
  const targets: [(...args: any[]) => unknown, string][] = [
    [print, 'a\n'],
    [theDefault, 'default a\n'],
    [commonJS.print, 'cjs a false\n'],
    [commonJS.arrow, 'arrow a\n'],
    [console.log, 'a\n'],
    [ref(new URL('./programs/classes.js', import.meta.url), 'Printer.print'), '> a\n'],
  ];
  const outputs = await Promise.all(targets.map(([target]) => outputOf(target, ['a'])));
  assert.deepEqual(
    outputs,
    targets.map(([, output]) => output),
  );
});

test('a static method without ref, and a function of the test file, are errors at start', () => {
  const name = 'FunctionReferenceError';
  assert.throws(() => new Process({ target: Printer.print, args: ['a'] }).start(), {
    name,
    message: /ref\(import\.meta\.url, 'Printer\.print'\)/,
  });
  assert.throws(() => new Process({ target: local }).start(), { name, message: /local .* is not exported/ });
});

function local(): void {}

test('what a child does not find is its error', async () => {
  const child = new Process({
    target: ref(new URL('./programs/classes.js', import.meta.url), 'Missing'),
    name: 'Child',
    stdio: 'pipe',
  });
  child.start();
  const [code, stderr] = await Promise.all([child.join(), text(child.stderr!)]);
  assert.equal(code, 1);
  assert.match(stderr, /^Process Child:\nFunctionReferenceError: .*Missing/);
});

test('functions of a main module that is in the middle of its top-level await', async () => {
  assert.deepEqual(await runProgram('programs/awaits-child.js', import.meta, { args: ['one', 'two'] }), {
    stdout: 'one set isMain false\n0\ndefault two\n0\n',
    stderr: '',
    code: 0,
    signal: null,
  });
});

test('a TypeScript program under a loader: children have the loader too', async () => {
  const program = new URL('typescript.ts', SOURCES).href;
  const outcome = await runProgram(program, import.meta, { execArgv: ['--import', import.meta.resolve('tsx')] });
  assert.deepEqual(outcome, { stdout: 'hello 2\n0\n[ 2, 4 ]\n', stderr: '', code: 0, signal: null });
});

test('a program given by --eval or on stdin may use functions of modules', async () => {
  const url = new URL('./programs/tasks.js', import.meta.url).href;
  const source = `
    import { Process, isMain } from 'multiproc';
    import { print } from '${url}';
    if (isMain(import.meta)) console.log(await new Process({ target: print, args: ['evaluated'] }).start().join());`;
  const outcome = await runProgram('', import.meta, { execArgv: ['--input-type=module', '-e', source] });
  assert.deepEqual(outcome, { stdout: 'evaluated\n0\n', stderr: '', code: 0, signal: null });
});
