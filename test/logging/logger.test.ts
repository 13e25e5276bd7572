/** Levels, recipients, and what is written. Programs of their own, because a logger is for its whole process. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { build } from 'esbuild';
import { getLogger, LogLevel, setLogger } from 'multiproc';
import { projectRoot } from '../architecture/project.js';
import { runProgram } from '../support/programs.js';

const folder = mkdtempSync(join(tmpdir(), 'logging-'));
after(() => rmSync(folder, { recursive: true, force: true }));

async function stderrOf(how: string, ...args: string[]): Promise<string> {
  const { stderr, stdout, code } = await runProgram('programs/says.js', import.meta, { args: [how, ...args] });
  assert.deepEqual([stdout, code], ['', 0], stderr);
  return stderr.replace(/pid \d+/g, 'pid N');
}

test('children and grandchildren inherit the level and the recipient', async () => {
  assert.deepEqual((await stderrOf('info')).split('\n'), [
    '[INFO/MainProcess] child Process-1 (pid N) started',
    '[INFO/Process-1] child process calling its target',
    '[INFO/Process-1] a child says',
    '[INFO/Process-1] child Process-1:1 (pid N) started',
    '[INFO/Process-1:1] child process calling its target',
    '[INFO/Process-1:1] a grandchild says',
    '[INFO/Process-1:1] process exiting with exit code 0',
    '[INFO/Process-1] child Process-1:1 (pid N) ended with exit code 0',
    '[INFO/Process-1] process exiting with exit code 0',
    '[INFO/MainProcess] child Process-1 (pid N) ended with exit code 0',
    '[INFO/MainProcess] process exiting with exit code 0',
    '',
  ]);
});

test('nobody hears a logger that was given no recipient', async () => {
  assert.equal(await stderrOf('nothing asked for'), '');
});

test('workers, deaths and collections are told at the lowest level', async () => {
  const lines = (await stderrOf('everything of a pool')).split('\n');
  for (const line of [
    '[DEBUG/MainProcess] worker PoolWorker-1 (pid N) starts',
    '[DEBUG/MainProcess] worker PoolWorker-1 (pid N) is ready',
    '[DEBUG/MainProcess] worker PoolWorker-1 (pid N) is gone',
    '[DEBUG/PoolWorker-1] leaving the session: finalisers run, daemonic children end',
  ])
    assert.ok(lines.includes(line), `${line} is missing in\n${lines.join('\n')}`);
  assert.ok(lines.some((line) => /^\[SUBDEBUG\/(MainProcess|PoolWorker-1)\] cleaned up after participant \d$/.test(line)));
});

test('an abandoned lock is told once: in the log, or where nobody reads that, as a warning of the process', async () => {
  const text = 'a process died while it held a lock: what the lock guards may be half changed';
  assert.equal(await stderrOf('an abandoned lock', 'logged'), `[WARNING/MainProcess] ${text}\n`);
  assert.match(
    await stderrOf('an abandoned lock'),
    new RegExp(`^\\(node:\\d+\\) \\[MULTIPROC_ABANDONED_LOCK\\] MultiprocWarning: ${text}\n.*\n$`),
  );
});

test('a logger of the program gets the records instead', async () => {
  const { stdout, stderr } = await runProgram('programs/says.js', import.meta, { args: ['own logger'] });
  const expected = ['debug: subdebug', 'debug: debug', 'info: info', 'info: subwarning', 'warn: warning', 'error: error'];
  assert.deepEqual([stdout.trim().split('\n'), stderr], [expected, '']);
});

test('levels have numbers and names; what is neither is refused', () => {
  const logger = getLogger();
  try {
    assert.deepEqual([logger.level, logger.getEffectiveLevel(), String(logger)], [0, 30, '<Logger multiproc (WARNING)>']);
    logger.level = 'Debug' as 'DEBUG';
    assert.equal(logger.level, LogLevel.DEBUG);
    assert.deepEqual([logger.isEnabledFor('subdebug'), logger.isEnabledFor('debug')], [false, true]);
    logger.setLevel(32);
    assert.equal(String(logger), '<Logger multiproc (Level 32)>');
    const refusals: [unknown, RegExp][] = [
      ['loud', /there is no log level "loud": give a number or one of SUBDEBUG, DEBUG/],
      [-1, /from 0/],
      [Number.NaN, /from 0/],
      [null, /is a number or one of SUBDEBUG/],
      ['constructor', /there is no log level/],
    ];
    for (const [level, message] of refusals)
      assert.throws(() => logger.setLevel(level as number), { code: 'ERR_MULTIPROC_ARGUMENT', message });
    assert.equal(logger.level, 32);
  } finally {
    logger.level = 0;
  }
});

test('a recipient lacks no method, and is not the logger itself', () => {
  const refused = { name: 'TypeError', code: 'ERR_MULTIPROC_ARGUMENT' };
  assert.throws(() => setLogger({ debug() {}, info() {}, warn() {} } as never), { ...refused, message: /method error\(\)/ });
  assert.throws(() => setLogger(null as never), refused);
  assert.throws(() => setLogger(getLogger()), { ...refused, message: /its own recipient/ });
});

test('a recipient that throws breaks nothing', async () => {
  const warned = new Promise<Error>((resolve) => process.once('warning', resolve));
  const fail = (): never => {
    throw new Error('no disk');
  };
  setLogger({ debug: fail, info: fail, warn: fail, error: fail });
  try {
    getLogger().error('something');
    assert.match((await warned).message, /a logger has thrown: Error: no disk/);
  } finally {
    setLogger(undefined);
  }
});

const node = (file: string): [stdout: string, stderr: string] => {
  const { stdout, stderr } = spawnSync(process.execPath, [file], { encoding: 'utf8' });
  return [stdout, stderr];
};

test('the library underneath is loaded by the first record that is written', () => {
  const file = join(folder, 'loaded.mjs');
  writeFileSync(
    file,
    `import Module from 'node:module';
    import { getLogger, logToStderr } from ${JSON.stringify(join(projectRoot, 'dist', 'index.js'))};
    const loaded = () => Object.keys(Module._cache).some((name) => name.includes('/pino/'));
    getLogger().error('to nobody');
    logToStderr().info('below the level');
    const before = loaded();
    getLogger().error(new TypeError('bad'), 'at work: %o', { a: [1] });
    console.log(before, loaded());`,
  );
  const [stdout, stderr] = node(file);
  assert.equal(stdout, 'false true\n');
  assert.match(stderr, /^\[ERROR\/MainProcess\] at work: \{"a":\[1\]\}\nTypeError: bad\n {4}at /);
});

for (const [title, banner] of [
  [
    'with the library underneath in it',
    `import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(import.meta.url);`,
  ],
  ['without it', ''],
]) {
  test(`it writes from a bundle far from any node_modules, ${title}`, async () => {
    const entry = join(folder, 'entry.mjs');
    const outfile = join(folder, 'bundle.mjs');
    writeFileSync(
      entry,
      `import { logToStderr } from ${JSON.stringify(join(projectRoot, 'dist', 'index.js'))}; logToStderr('info').info('%s', 'bundled');`,
    );
    await build({
      entryPoints: [entry],
      outfile,
      banner: { js: banner },
      bundle: true,
      platform: 'node',
      format: 'esm',
      external: ['koffi'],
      logLevel: 'error',
    });
    assert.deepEqual(node(outfile), ['', '[INFO/MainProcess] bundled\n[INFO/MainProcess] process exiting with exit code 0\n']);
  });
}
