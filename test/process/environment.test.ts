/** What of its own start a program hands on to its children. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { childEnvironment, inheritedExecArgv } from '#dist/process/environment.js';

test("of Node's options those that say what to run, test, watch or debug stay behind", () => {
  const cases: [string[], string[]][] = [
    [
      ['--import', 'tsx', '-r', './a.cjs', '--no-warnings'],
      ['--import', 'tsx', '-r', './a.cjs', '--no-warnings'],
    ],
    [
      ['--max-old-space-size=64', '-C', 'development', '--expose-gc'],
      ['--max-old-space-size=64', '-C', 'development', '--expose-gc'],
    ],
    [
      ['--input-type=module', '-e', 'code', '--import', 'tsx'],
      ['--import', 'tsx'],
    ],
    [['--input-type', 'module', '--eval', 'code'], []],
    [['-pe', 'code', '--no-warnings'], ['--no-warnings']],
    [
      ['--test', '--test-reporter', 'spec', '--test-reporter=dot', '--test-name-pattern', 'a', '--experimental-vm-modules'],
      ['--experimental-vm-modules'],
    ],
    [['--watch', '--watch-path', 'src', '--watch-preserve-output'], []],
    [
      ['--inspect', '--inspect-brk=9229', '--inspect-port', '9230', '--debug-port', '9231', '--trace-warnings'],
      ['--trace-warnings'],
    ],
    [
      [
        '--cpu-prof',
        '--heap-prof',
        '--cpu-prof-dir=x',
        '--cpu-prof-dir',
        'x',
        '--cpu-prof-name',
        'y',
        '--heap-prof-interval',
        '5',
        '--prof',
      ],
      ['--prof'],
    ],
  ];
  for (const [given, expected] of cases) assert.deepEqual(inheritedExecArgv(given), expected, given.join(' '));
});

test('the marks of test runners stay behind; undefined removes a variable', () => {
  const before = { ...process.env };
  const marks = [
    'NODE_TEST_CONTEXT',
    'VITEST',
    'VITEST_POOL_ID',
    'JEST_WORKER_ID',
    'NODE_CHANNEL_FD',
    'NODE_UNIQUE_ID',
    'TEST_WORKER_INDEX',
  ];
  for (const name of marks) process.env[name] = '1';
  process.env.KEPT = 'yes';
  process.env.REMOVED = 'yes';
  try {
    const environment = childEnvironment({} as never, { REMOVED: undefined, ADDED: 'new' });
    assert.deepEqual(
      marks.filter((name) => name in environment),
      [],
    );
    assert.deepEqual([environment.KEPT, environment.ADDED, 'REMOVED' in environment], ['yes', 'new', false]);
  } finally {
    for (const name of [...marks, 'KEPT', 'REMOVED']) {
      if (before[name] === undefined) delete process.env[name];
      else process.env[name] = before[name];
    }
  }
});
