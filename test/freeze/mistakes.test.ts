/** A bundle that does not begin with freezeSupport: a clear error, and never more than a few processes. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { freezeSupport } from '#dist/index.js';
import { within } from '../support/within.js';
import { bundle, run } from './support.js';

const file = bundle('mistakes-esm', { format: 'esm' });

for (const what of ['process', 'pool'])
  test(`freezeSupport is forgotten, a ${what} started`, async () => {
    const { stdout, stderr, code, pids } = await run(file, [], { MISTAKE: `forgotten, ${what}` });
    assert.match(
      stdout,
      /^BootstrapError ERR_MULTIPROC_BOOTSTRAP \w+-1 could not be started: \/.*\/mistakes-esm\.mjs is a bundle/,
    );
    assert.match(stdout, /Make this its first line.*:\n\n {4}await freezeSupport\(\{ work \}\);/);
    assert.deepEqual([stderr, code, pids.length], ['', 0, 1]);
  });

test('freezeSupport is called in the main program alone', async () => {
  const { stdout, stderr, code, pids } = await run(file, [], { MISTAKE: 'under isMain' });
  assert.equal(stdout, 'exit code 1\n');
  assert.match(
    stderr,
    /^Process Process-1:\nBootstrapError: .* has run the program to its end without coming to freezeSupport\(\)\. It must be the first line/,
  );
  assert.deepEqual([code, pids.length], [0, 2]);
});

test('a child starts a process before it comes to freezeSupport', async () => {
  const { stdout, stderr, code, pids } = await run(file, [], { MISTAKE: 'started before' });
  assert.equal(stdout, 'exit code 1\n');
  assert.match(
    stderr,
    /BootstrapError: Process\.start\(\) was reached in a child process before freezeSupport\(\)\. .*mistakes-esm\.mjs/,
  );
  assert.match(stderr, /\n {4}await freezeSupport\(\{ work \}\);/);
  assert.deepEqual([code, pids.length], [0, 2]);
});

test('what a child began before freezeSupport starts a process later', async () => {
  const { stdout, stderr, code, pids } = await run(file, [], { MISTAKE: 'begun before' });
  assert.equal(stdout, 'exit code 1\n');
  assert.match(stderr, /BootstrapError: Process\.start\(\) was reached in a child process before freezeSupport\(\)/);
  assert.deepEqual([code, pids.length], [0, 2]);
});

test('in a program that is not bundled freezeSupport does nothing', async () => {
  await within(freezeSupport(), 'freezeSupport');
  await within(freezeSupport({ test }), 'freezeSupport');
});

test('freezeSupport takes functions only', async () => {
  const wrong = { name: 'TypeError', code: 'ERR_MULTIPROC_ARGUMENT' };
  await assert.rejects(freezeSupport({ work: 5 } as any), {
    ...wrong,
    message: /freezeSupport: work is no function or class, but number/,
  });
  await assert.rejects(freezeSupport(null as any), {
    ...wrong,
    message: /an object of functions was expected, like \{ work \}, not null/,
  });
  await assert.rejects(freezeSupport(test as any), wrong);
});
