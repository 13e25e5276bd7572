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
import { findDebris, findRunning, removeDebris, threadsOf } from './lib/debris.mjs';
import { checkRequirements } from './lib/requirements.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const testFolder = join(root, '.build', 'test');
const TEST_LIMIT_MS = 120_000;
const DEBRIS_GRACE_MS = 3000; // a daemonic child may live for a second after its parent was killed
/** A process whose test file is gone keeps the runner's pipes open, and the run would wait for it for ever. */
const ORPHAN_LIMIT_MS = 60_000;
/** So would it for a file that never ends: from Node 24 on the runner limits tests only, and a child of theirs that hangs keeps the file alive. */
const FILE_LIMIT_MS = 300_000;
const LOOK_MS = 5000;

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
  const watchdog = endWhatHangs(marker, child.pid);
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (code, signal) => {
      const hasEnded = watchdog.stop();
      resolve(signal === null ? code || Number(hasEnded) : 128 + (signal === 'SIGINT' ? 2 : 15));
    });
  });
}

/** Ends what goes on too long, and says what it was doing: that is a failure. `stop` tells whether there was any. */
function endWhatHangs(marker, runner) {
  /** When each process, and when each orphan, was first seen. */
  const started = new Map();
  const orphaned = new Map();
  let hasEnded = false;
  const timer = setInterval(() => {
    const running = findRunning(marker, runner);
    const orphans = running.filter(({ isOrphan }) => isOrphan);
    const late = [...over(ORPHAN_LIMIT_MS, orphaned, orphans), ...(soak ? [] : over(FILE_LIMIT_MS, started, running))];
    if (late.length === 0) return;
    hasEnded = true;
    for (const { text, isOrphan } of late)
      console.error(
        `\n${isOrphan ? 'its parent has ended, and it goes on' : 'it goes on too long'} (this is a failure): ${text}`,
      );
    console.error('all that runs:');
    for (const { text, pid } of running) console.error(`  ${[text, ...threadsOf(pid)].join('\n    ')}`);
    removeDebris(late);
  }, LOOK_MS);
  return {
    stop() {
      clearInterval(timer);
      return hasEnded;
    },
  };
}

/** Those of `items` that were first seen more than `limit` ms ago. */
function over(limit, since, items) {
  const pids = new Set(items.map(({ pid }) => pid));
  for (const pid of since.keys()) if (!pids.has(pid)) since.delete(pid);
  const now = Date.now();
  for (const { pid } of items) if (!since.has(pid)) since.set(pid, now);
  return items.filter(({ pid }) => now - since.get(pid) > limit);
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
