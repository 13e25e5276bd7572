/** Programs that esbuild has made one file of run processes and pools, whatever the format. */
import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { projectRoot } from '../architecture/project.js';
import { temporaryFolder } from '../support/programs.js';
import { bundle, type Format, run } from './support.js';

const PRINTED = `isMain true
twice 42, isMain false, argv an argument
true 49 exit code 3
from the child of the child 0 [ 25, 36 ] exit code 0
exit code 0 2.5
<Process name='Bob' parent=PID initial>
from a first exit code 0
from a second exit code 0
[ 1, 4, 9 ] 5
true more than 100 100
`;

const PRINTED_BY_COMMONJS = 'isMain true\nisMain in a module true\nisMain in a module false\nexit code 0\n';

for (const { format, minify } of [
  { format: 'esm', minify: true },
  { format: 'cjs', minify: false },
] satisfies { format: Format; minify: boolean }[])
  test(`everything: ${format}${minify ? ', minified' : ''}`, async () => {
    const file = bundle(`everything-${format}`, { format, minify });
    const { stdout, stderr, code } = await run(file, ['an argument']);
    assert.deepEqual({ stdout, stderr, code }, { stdout: PRINTED, stderr: '', code: 0 });
  });

test('without packages, koffi.node beside it', async () => {
  const folder = temporaryFolder();
  const file = bundle('commonjs.cjs', { format: 'cjs', folder });
  // Whatever the folders above have.
  mkdirSync(join(folder, 'node_modules', 'koffi'), { recursive: true });
  writeFileSync(join(folder, 'node_modules', 'koffi', 'index.js'), "throw new Error('nothing here');\n");
  const without = await run(file);
  assert.equal(without.code, 1);
  assert.match(without.stderr, /PlatformError: .*\(koffi\): put koffi\.node beside the bundle \(docs\/bundles\.md/);
  copyFileSync(nativeFile(), join(folder, 'koffi.node'));
  const { stdout, stderr } = await run(file);
  assert.deepEqual({ stdout, stderr }, { stdout: PRINTED_BY_COMMONJS, stderr: '' });
});

function nativeFile(): string {
  const { glibcVersionRuntime } = (process.report.getReport() as any).header;
  const name = `koffi-${process.platform}-${process.arch}`;
  const libc = process.platform === 'linux' && glibcVersionRuntime === undefined ? 'musl' : process.platform;
  const entry = createRequire(join(projectRoot, 'package.json')).resolve(`@koromix/${name}`);
  return join(dirname(entry), `${libc}_${process.arch}`, 'koffi.node');
}

test('a manager, whose part of the library is evaluated on demand', async () => {
  const { stdout, stderr, code } = await run(bundle('manager-esm', { format: 'esm', minify: true }));
  assert.deepEqual({ stdout, stderr, code }, { stdout: '[ 1, 2 ] 3\n', stderr: '', code: 0 });
});

test('modules in CommonJS', async () => {
  const { stdout, stderr, code } = await run(bundle('commonjs.cjs', { format: 'cjs' }));
  assert.deepEqual({ stdout, stderr, code }, { stdout: PRINTED_BY_COMMONJS, stderr: '', code: 0 });
});

test('the main program is killed: its daemonic children end', async () => {
  // run() waits for their end.
  const { signal, pids } = await run(bundle('idle-esm', { format: 'esm' }));
  assert.deepEqual([signal, pids.length], ['SIGKILL', 2]);
});

test('exit codes', async () => {
  const { stdout, stderr, code } = await run(bundle('ends-esm', { format: 'esm' }));
  assert.equal(
    stdout,
    'nothing 0\nlater\nlater 0\ncode 4\nexits 5\nmore work\nexit listener 0 0\nlistens 0\nfails 1\nrejects 1\nkilled -9\n',
  );
  assert.match(
    stderr,
    /^Process Process-6:\nError: failed at once\n(.|\n)*Process Process-7:\n(.|\n)*Error: failed at the end\n/,
  );
  assert.doesNotMatch(stderr, /top-level await/);
  assert.equal(code, 0);
});

test('what the bundle hides, and what lies outside of it', async () => {
  const folder = temporaryFolder();
  const file = bundle('unknown-esm', { format: 'esm', folder, external: ['./outside.mjs'] });
  copyFileSync(nativeFile(), join(folder, 'koffi.node'));
  writeFileSync(join(folder, 'outside.mjs'), 'export const outside = (n) => 10 * n;\n');
  const { stdout, stderr, code } = await run(file);
  const refused = (who: string, name: string) =>
    `The ${who} cannot be sent to another process: it is part of a bundle, whose children know the functions and classes ` +
    `that freezeSupport was given, and this is none of them. Add it to those in the first line of the program: await freezeSupport({ ${name} }).`;
  const square = `FunctionReferenceError ${refused('function square', 'square')}`;
  const report = `SerializationError Cannot send args[0]: its class Report cannot be referenced: ${refused('class Report', 'Report')}`;
  const [first, second, ...others] = stdout.split('\n');
  assert.deepEqual([first, ...others], [square, '20', '30', square, '']);
  assert.ok(second.startsWith(report), second);
  assert.deepEqual({ stderr, code }, { stderr: '', code: 0 });
});
