// `npm test`: runs the built test files with node's own test runner, in a world of their own, and looks for debris afterwards.
//
//   npm test                      every *.test.js under .build/test, soak tests left out
//   npm test -- pool queue        only files whose path contains one of these words
//   npm test -- --test-name-pattern=kill    options that begin with --test- go to node
//   npm run soak [-- --short]     the *.soak.test.js files alone, with MULTIPROC_SOAK=long (or short) in the environment
//
// A test may take two minutes. Node 20 counts that for a whole file, so a file may not take longer either: what does is a soak test.
// Debris is a failure: a process, a session folder or a shared-memory file that outlives the run. It is listed, and removed.
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findDebris, findOrphans, removeDebris } from './lib/debris.mjs';
import { checkRequirements } from './lib/requirements.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const testFolder = join(root, '.build', 'test');
const TEST_LIMIT_MS = 120_000;
const DEBRIS_GRACE_MS = 3000; // a daemonic child may live for a second after its parent was killed
/** A process whose test file is gone keeps the runner's pipes open, and the run would wait for it for ever. */
const ORPHAN_LOOK_MS = 5000;
const ORPHAN_LIMIT_MS = 60_000;

const args = process.argv.slice(2);
const soak = args.includes('--soak');
const short = args.includes('--short');
const nodeOptions = args.filter((arg) => arg.startsWith('--test-'));
const filters = args.filter((arg) => !arg.startsWith('--'));
const unknown = args.filter((arg) => arg.startsWith('--') && !arg.startsWith('--test-') && !['--soak', '--short'].includes(arg));

if (unknown.length > 0) stop(`unknown option: ${unknown.join(' ')} (known: --soak, --short, --test-*)`);
const problems = checkRequirements(console.error);
if (problems.length > 0) stop(problems.join('\n'));

const files = findTests();
if (files.length === 0) stop(noTests());
process.exitCode = await run(files);

function findTests() {
  if (!existsSync(testFolder)) stop(`${relative(root, testFolder)} is missing: run "npm run build" first`);
  const all = readdirSync(testFolder, { recursive: true }).map((file) => join(testFolder, String(file)));
  const tests = all
    .filter((file) => file.endsWith('.test.js') && file.endsWith('.soak.test.js') === soak && hasSource(file))
    .sort();
  return filters.length === 0 ? tests : tests.filter((file) => filters.some((word) => relative(testFolder, file).includes(word)));
}

/** The build never deletes: what was renamed or removed since is not run. */
function hasSource(file) {
  return existsSync(join(root, 'test', `${relative(testFolder, file).slice(0, -'.js'.length)}.ts`));
}

function noTests() {
  const kind = soak ? '*.soak.test.js' : '*.test.js';
  return `no test file: .build/test has no ${kind}${filters.length > 0 ? ` whose path contains ${filters.join(' or ')}` : ''}`;
}

async function run(tests) {
  const world = {
    marker: randomBytes(8).toString('hex'),
    folder: mkdtempSync(join(tmpdir(), 'mptest-')),
    sharedMemory: new Set(existsSync('/dev/shm') ? readdirSync('/dev/shm') : []),
  };
  try {
    const code = await runNode(tests, world);
    const debris = await waitUntilClean(world);
    if (debris.length === 0) return code;
    console.error(`\nleft behind by the tests (this is a failure):\n${debris.map((item) => `  ${item.text}`).join('\n')}`);
    removeDebris(debris);
    return code || 1;
  } finally {
    rmSync(world.folder, { recursive: true, force: true });
  }
}

function runNode(tests, { marker, folder }) {
  const limit = soak ? [] : [`--test-timeout=${TEST_LIMIT_MS}`];
  const options = ['--test', '--test-reporter=spec', '--test-concurrency=3', ...limit, ...nodeOptions];
  const env = { ...process.env, TMPDIR: folder, MULTIPROC_TEST_RUN: marker };
  if (soak) env.MULTIPROC_SOAK = short ? 'short' : 'long';
  delete env.NODE_TEST_CONTEXT;
  // Node 20 reads the whole list at the start of each process: 60 ms of CPU each, twice what the start itself takes. No test speaks TLS.
  delete env.NODE_EXTRA_CA_CERTS;
  const child = spawn(process.execPath, [...options, ...tests], { cwd: root, env, stdio: 'inherit' });
  // Ctrl-C reaches the whole foreground group; this process stays to look for debris.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => signal !== 'SIGINT' && child.kill(signal));
  const orphans = endOrphans(marker, child.pid);
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (code, signal) => {
      const hasEnded = orphans.stop();
      resolve(signal === null ? code || Number(hasEnded) : 128 + (signal === 'SIGINT' ? 2 : 15));
    });
  });
}

/** Ends orphans that live on for a minute: that is a failure. `stop` tells whether there were any. */
function endOrphans(marker, runner) {
  const since = new Map();
  let hasEnded = false;
  const timer = setInterval(() => {
    const orphans = findOrphans(marker, runner);
    const pids = new Set(orphans.map(({ pid }) => pid));
    for (const pid of since.keys()) if (!pids.has(pid)) since.delete(pid);
    for (const orphan of orphans) {
      if (!since.has(orphan.pid)) since.set(orphan.pid, Date.now());
      if (Date.now() - since.get(orphan.pid) < ORPHAN_LIMIT_MS) continue;
      hasEnded = true;
      console.error(`\nits parent has ended, and it goes on (this is a failure): ${orphan.text}`);
      removeDebris([orphan]);
    }
  }, ORPHAN_LOOK_MS);
  return {
    stop() {
      clearInterval(timer);
      return hasEnded;
    },
  };
}

/** Ends of processes are not instant: looks again until nothing is left or the grace is over. */
async function waitUntilClean(world) {
  const end = Date.now() + DEBRIS_GRACE_MS;
  for (;;) {
    const debris = findDebris(world);
    if (debris.length === 0 || Date.now() > end) return debris;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

function stop(message) {
  console.error(message);
  process.exit(1);
}
