/** CPython's tests of logging, by their names there. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { getLogger, LogLevel } from 'multiproc';
import { runProgram } from '../support/programs.js';

test('_TestLogging.test_enable_logging', () => {
  const logger = getLogger();
  logger.setLevel(LogLevel.DEBUG);
  assert.equal(getLogger(), logger);
  assert.equal(logger.level, 10);
  logger.setLevel(0);
  assert.equal(logger.getEffectiveLevel(), 30);
});

test('_TestLogging.test_level', async () => {
  const { stdout, stderr } = await runProgram('programs/says.js', import.meta, { args: ['level of the parent'] });
  assert.deepEqual([stdout, stderr], ['32 30 32\n0 37 37\n0 30 30\n', '']);
});

test('_TestLoggingProcessName.test_logging', async () => {
  const { stderr } = await runProgram('programs/says.js', import.meta, { args: ['info'] });
  assert.match(stderr, /^\[INFO\/Process-1\] a child says$/m);
});
