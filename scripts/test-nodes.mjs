// `npm run test:nodes`: the tests of the ground, the channels and the pool on the other versions of Node that are supported.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findNodes } from './lib/nodes.mjs';

const MAJORS = [24, 26];
const TESTS = [
  'memory/',
  'sync/',
  'channels/pipe',
  'channels/queue.',
  'sharedctypes/',
  'serialization/kinds',
  'pool/pool',
  'pool/errors',
  'shared_memory/',
  'net/connection',
  'net/listener',
  'net/python',
  'net/security',
  'net/suites',
  'net/values',
  'managers/',
  'conformance/manager',
  'process/ends',
  'process/subclass',
  'process/finalize',
];

const runner = join(dirname(fileURLToPath(import.meta.url)), 'test.mjs');
const folder = mkdtempSync(join(tmpdir(), 'nodes-'));
try {
  for (const { path, version } of findNodes(MAJORS, folder)) {
    console.log(`\nNode ${version}`);
    const { status } = spawnSync(path, [runner, ...TESTS], { stdio: 'inherit' });
    if (status !== 0) process.exitCode = status ?? 1;
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
