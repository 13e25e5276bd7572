/** Modules that spares load before they have work. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runProgram } from '../support/programs.js';

async function run(scenario: string): Promise<{ lines: string[]; stderr: string }> {
  const { stdout, stderr, code } = await runProgram('programs/preload.js', import.meta, { args: [scenario] });
  assert.equal(code, 0, stderr);
  return { lines: stdout.trim().split('\n'), stderr };
}

const count = (text: string, part: string): number => text.split(part).length - 1;

test('the main module can be preloaded: its top level runs once in each spare, with the arguments of the program', async () => {
  const { lines, stderr } = await run('main');
  assert.equal(stderr, '');
  assert.equal(lines[0], 'imported true main');
  assert.equal(count(lines.join('\n'), 'runs undefined'), 1);
  assert.equal(lines.at(-1), 'true 0');
  // The spare that ran, and perhaps others; not a second time in the same process.
  for (const line of lines.slice(1, -2)) assert.equal(line, 'imported false main');
});

test('top-level awaits are waited for; what cannot be loaded is reported once, and the rest runs', async () => {
  const { lines, stderr } = await run('waits and fails');
  assert.ok(lines.includes('one late') && lines.includes('two late'), lines.join());
  assert.equal(count(lines.join('\n'), 'true 0'), 2);
  assert.match(
    stderr,
    /^multiproc: \S+bad\.cjs could not be preloaded; processes are started without it: RangeError: not today/m,
  );
  assert.match(stderr, /^multiproc: \/no\/such\/module\.js could not be preloaded.*Cannot find module/m);
  assert.equal(count(stderr, 'could not be preloaded'), 2);
});

test('packages are found from the main program, also those that can be imported only', async () => {
  const { lines, stderr } = await run('packages');
  assert.equal(stderr, '');
  assert.deepEqual(lines.slice(-2), ['runs package', 'true 0']);
});

test('a module that starts processes is told about the guard', async () => {
  const { lines, stderr } = await run('starts processes');
  assert.deepEqual(lines.slice(-2), ['runs undefined', 'true 0']);
  assert.match(stderr, /guardless\.mjs could not be preloaded.*BootstrapError: Process\.start\(\) was reached/);
});

test('when spares do not come up there are none, until others are asked for', async () => {
  const { lines, stderr } = await run('exits');
  const [warning, first, code, second, last] = lines.filter((line) => !line.startsWith('imported'));
  assert.match(warning, /the last 3 spares .* ended before they were ready/);
  assert.deepEqual([first, code, second, last], ['runs undefined', '0', 'again undefined', 'true 0']);
  assert.equal(count(stderr, 'MultiprocWarning'), 1);
});

test('what names no module is refused at once', async () => {
  const { lines } = await run('refusals');
  assert.deepEqual(
    lines.slice(1).map((line) => line.replace(/^ERR_MULTIPROC_ARGUMENT /, '')),
    [
      'setPreload() needs an array of modules, not string',
      "'./a.js' is relative to nothing: preload new URL('./a.js', import.meta.url), or an absolute path",
      "a module to preload must be a path, URL or package name, not ''",
      'a module to preload must be a path, URL or package name, not number',
    ],
  );
});
