// `npm run check:package`: is what would be published usable? Packs it, installs the tarball into an empty project and runs the
// programs of test/pack there, on every supported line of Node, from every kind of module; then what docs/bundles.md says, as it says it.
//
//   npm run check:package                    Node 20, 24 and 26
//   npm run check:package -- --nodes=20,26   only these (the running Node is used for its own line, others are installed from npm)
import { randomBytes } from 'node:crypto';
import { copyFileSync, cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleSteps } from './lib/bundle_guide.mjs';
import { findDebris, removeDebris } from './lib/debris.mjs';
import { findNodes, quietInstall } from './lib/nodes.mjs';
import { run } from './lib/run.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const programs = join(root, 'test', 'pack');
const bin = (name) => join(root, 'node_modules', '.bin', name);
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

const EXPECTED = '[55,89,144]\n';
const PUBLISHED = /^(dist\/.+\.(js|d\.ts)|README\.md|CHANGELOG\.md|LICENSE|package\.json)$/;
const NEEDED = ['dist/index.js', 'dist/index.d.ts', 'README.md', 'CHANGELOG.md', 'LICENSE', 'package.json'];
const IMPORT_GOAL_MS = 30; // promised; a loaded machine may miss it, so only far above is a failure
const IMPORT_LIMIT_MS = 150;
const IMPORT_ROUNDS = 11;

const nodesOption = process.argv.find((arg) => arg.startsWith('--nodes='))?.slice('--nodes='.length) ?? '20,24,26';
const folder = mkdtempSync(join(tmpdir(), 'mppack-'));
const failures = [];
try {
  const tarball = pack();
  check('publint', () => run(bin('publint'), ['run', tarball, '--strict'], { cwd: root }));
  check('attw', () => run(bin('attw'), [tarball, '--profile', 'esm-only'], { cwd: root }));
  const project = createProject(tarball);
  check('tsc typed.ts', () => run(bin('tsc'), ['-p', project]));
  for (const node of findNodes(nodesOption.split(',').map(Number), folder)) checkNode(node, project);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
if (failures.length > 0) console.error(`\n${failures.length} failed: ${failures.join(', ')}`);
else console.log('\nthe package is fine');
process.exitCode = failures.length > 0 ? 1 : 0;

function check(name, action) {
  const start = performance.now();
  try {
    const note = action();
    const ms = Math.round(performance.now() - start);
    console.log(`ok    ${name.padEnd(32)} ${typeof note === 'string' ? note : `${ms} ms`}`);
  } catch (error) {
    failures.push(name);
    console.log(`FAIL  ${name}\n${error.message.replace(/^/gm, '      ')}`);
  }
}

/** The tarball, with nothing in it but what is meant to be published. */
function pack() {
  const { stdout } = run('npm', ['pack', '--json', '--ignore-scripts', '--loglevel=error', '--pack-destination', folder], {
    cwd: root,
  });
  const [{ filename, files, unpackedSize }] = [JSON.parse(stdout)].flatMap((packed) =>
    Array.isArray(packed) ? packed : Object.values(packed),
  );
  check('contents of the tarball', () => {
    const paths = files.map((file) => file.path);
    const wrong = [
      ...paths.filter((path) => !PUBLISHED.test(path)),
      ...NEEDED.filter((path) => !paths.includes(path)).map((path) => `${path} (missing)`),
    ];
    if (wrong.length > 0) throw new Error(`unexpected: ${wrong.join(', ')}`);
    return `${paths.length} files, ${Math.round(unpackedSize / 1024)} KiB`;
  });
  return join(folder, filename);
}

/** An empty project with the tarball in it. Its path has what must be escaped in a URL. */
function createProject(tarball) {
  const project = join(folder, 'an empty project #1');
  mkdirSync(project);
  writeFileSync(join(project, 'package.json'), '{ "private": true, "type": "module" }\n');
  const compilerOptions = {
    target: 'es2023',
    lib: ['esnext'],
    module: 'nodenext',
    types: ['node'],
    strict: true,
    noEmit: true,
    verbatimModuleSyntax: true,
  };
  writeFileSync(join(project, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['*.ts'] }));
  for (const file of readdirSync(programs)) copyFileSync(join(programs, file), join(project, file));
  const tools = ['tsx', '@types/node', 'esbuild', 'postject'].map((name) => `${name}@${manifest.devDependencies[name]}`);
  run('npm', ['install', ...quietInstall, tarball, ...tools], { cwd: project });
  return project;
}

function checkNode({ path, version, major }, project) {
  const program = (name, args) => check(`${version} ${name}`, () => runProgram(path, args, project));
  for (const file of readdirSync(programs).filter((name) => /\.[cm]js$/.test(name))) program(file, [file]);
  if (major >= 24) program('typed.ts, types stripped', ['typed.ts']);
  program('typed.ts, --import tsx', ['--import', 'tsx', 'typed.ts']);
  program('typed.ts, tsx', [join('node_modules', 'tsx', 'dist', 'cli.mjs'), 'typed.ts']);
  check(`${version} cost of import`, () => importCost(path, project));
  checkBundles(path, version, project);
}

/** What docs/bundles.md says, as it says it: in the project, and what can do without it in an empty folder. */
function checkBundles(node, version, project) {
  rmSync(join(project, 'out'), { recursive: true, force: true });
  const env = { ...process.env, PATH: `${dirname(node)}:${process.env.PATH}` };
  for (const { name, commands, program, files, alone } of bundleSteps(join(root, 'docs', 'bundles.md'), version))
    check(`${version} ${name}`, () => {
      for (const [file, text] of Object.entries(files)) writeFileSync(join(project, file), text);
      run('bash', ['-euc', commands], { cwd: project, env });
      const [command, ...args] = program;
      const runIn = (cwd) => runProgram(command === 'node' ? node : join(cwd, command), args, cwd, '[ 1, 4, 9 ]\n');
      runIn(project);
      if (alone.length === 0) return;
      const empty = mkdtempSync(join(folder, 'alone-'));
      for (const file of alone) cpSync(join(project, file), join(empty, file));
      runIn(empty);
    });
}

/** Exact stdout, empty stderr, nothing left behind. */
function runProgram(command, args, cwd, expected = EXPECTED) {
  const world = {
    marker: randomBytes(8).toString('hex'),
    folder: mkdtempSync(join(folder, 'tmp-')),
    sharedMemory: new Set(readdirOrEmpty('/dev/shm')),
  };
  const env = { ...process.env, TMPDIR: world.folder, MULTIPROC_TEST_RUN: world.marker };
  const { stdout, stderr, ms } = run(command, args, { cwd, env, timeout: 30_000 });
  if (stdout !== expected) throw new Error(`printed ${JSON.stringify(stdout)}, expected ${JSON.stringify(expected)}`);
  const complaints = withoutExperimentalWarnings(stderr);
  if (complaints !== '') throw new Error(`stderr is not empty:\n${complaints}`);
  const debris = findDebris(world);
  removeDebris(debris);
  if (debris.length > 0) throw new Error(`left behind:\n${debris.map((item) => item.text).join('\n')}`);
  return `${Math.round(ms)} ms`;
}

/** Node announces its own experiments (type stripping before 24.12); what the package says is kept. */
function withoutExperimentalWarnings(text) {
  const isNotice = (line) => /^\(node:\d+\) ExperimentalWarning: /.test(line) || /^\(Use `node --trace-warnings/.test(line);
  return text
    .split('\n')
    .filter((line) => !isNotice(line))
    .join('\n')
    .trim();
}

/** Whole programs, alternating, medians: what a user of a command-line tool would feel. */
function importCost(node, project) {
  writeFileSync(join(project, 'bare.mjs'), '');
  writeFileSync(join(project, 'import.mjs'), `import 'multiproc';\n`);
  const times = { 'bare.mjs': [], 'import.mjs': [] };
  for (let round = 0; round < IMPORT_ROUNDS; round++)
    for (const file of Object.keys(times)) times[file].push(run(node, [file], { cwd: project }).ms);
  const cost = median(times['import.mjs']) - median(times['bare.mjs']);
  const text = `${cost.toFixed(1)} ms above bare Node (${median(times['bare.mjs']).toFixed(1)} ms)`;
  if (cost > IMPORT_LIMIT_MS) throw new Error(`${text}; at most ${IMPORT_LIMIT_MS} ms here, ${IMPORT_GOAL_MS} ms promised`);
  return cost > IMPORT_GOAL_MS ? `${text}: above the promised ${IMPORT_GOAL_MS} ms` : text;
}

function median(values) {
  return values.sort((a, b) => a - b)[values.length >> 1];
}

function readdirOrEmpty(path) {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}
