/** CPython's own tests of start methods, by their names there. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import { runProgram } from '../support/programs.js';

const runs = new Map<string, Promise<string[]>>();

/** Once each: several tests look at different lines. */
function run(program: string, scenario: string): Promise<string[]> {
  const known = runs.get(scenario) ?? runOnce(program, scenario);
  runs.set(scenario, known);
  return known;
}

async function runOnce(program: string, scenario: string): Promise<string[]> {
  const { stdout, stderr, code } = await runProgram(program, import.meta, { args: [scenario] });
  assert.deepEqual([code, stderr], [0, '']);
  return stdout.trim().split('\n');
}

const methods = (scenario: string): Promise<string[]> => run('programs/methods.js', scenario);
const preload = (scenario: string): Promise<string[]> => run('../process/programs/preload.js', scenario);
const warm = (scenario: string): Promise<string[]> => run('../process/programs/warm.js', scenario);

test('TestStartMethod.test_context', async () => {
  const refusal = (method: string): string =>
    `StartMethodError ERR_MULTIPROC_START_METHOD this context's start method is '${method}' for ever: call setStartMethod() of the package, or getContext() with another one`;
  assert.deepEqual(await methods('contexts'), [
    ...['spawn', 'warm'].flatMap((method) => [`${method} true true`, refusal(method), method]),
    'true true',
  ]);
});

test('TestStartMethod.test_spawn_dont_set_context', async () => {
  assert.deepEqual(await methods('leaves the default open'), ['null', 'warm']);
});

test('TestStartMethod.test_freeze_support_dont_set_context', async () => {
  assert.deepEqual(await methods('gives functions'), ['null']);
});

test('TestStartMethod.test_set_get', async () => {
  assert.deepEqual((await methods('sets and gets')).slice(0, -1), ['spawn spawn spawn', 'warm warm warm']);
});

test('TestStartMethod.test_get_all_start_methods', async () => {
  assert.equal((await methods('sets and gets')).at(-1), "[ 'spawn', 'warm' ]");
});

test('TestStartMethod.test_preload_resources', async () => {
  assert.deepEqual((await preload('locks')).slice(-2), ['runs held', 'true 0']);
});

test('TestStartMethod.test_nested_startmethod', async () => {
  assert.deepEqual(await methods('passes on'), ['1 2', '1 2']);
});

test('TestCloseFds.test_closefd', { skip: !existsSync('/proc/self/fd') && 'reads /proc' }, async () => {
  assert.deepEqual(await methods('closes files'), ['spawn true []', 'warm true []']);
});

test('_TestSpawnedSysPath.test_forkserver_preload_imports_sys_path', async () => {
  assert.deepEqual((await preload('packages')).slice(-2), ['runs package', 'true 0']);
});

test('_TestSpawnedSysPath.test_std_streams_flushed_after_preload', async () => {
  const pids = (await preload('prints')).flatMap((line) => /^printed by (\d+)$/.exec(line)?.[1] ?? []);
  assert.ok(pids.length >= 2);
  assert.deepEqual(
    pids.filter((pid, i) => pids.indexOf(pid) !== i),
    [],
  );
});

test('MiscTestCase.test_preload_main', async () => {
  const lines = await preload('main');
  assert.deepEqual([lines[0], lines.at(-1)], ['imported true main', 'true 0']);
  // Each spare, not each process: the one that ran in a spare imported nothing more.
  assert.deepEqual(lines.slice(1, -2), Array(lines.length - 3).fill('imported false main'));
});

test('MiscTestCase.test_preload_main_sys_argv', async () => {
  assert.ok((await preload('main')).slice(1, -2).every((line) => line.endsWith(' main')));
});

test('_TestProcess.test_forkserver_sigint', async () => {
  assert.deepEqual((await warm('is killed')).slice(0, 2), ['after SIGINT', 'true 0']);
});

test('_TestProcess.test_forkserver_sigkill', async () => {
  assert.deepEqual((await warm('is killed')).slice(2), ['works', 'false 0 []']);
});
