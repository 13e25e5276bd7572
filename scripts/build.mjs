// Builds src/ into dist/ (what is published) and test/, demo/, bench/ and examples/ into .build/.
// `--library` builds src/ alone; `--clean` starts from nothing; `--quiet` prints nothing on success.
//
// dist/ has the library in a few files: a hundred small ones would cost each program, and each worker again, 50 ms at its start.
// dist/<layer>/<module>.js are re-exports of them, so that tests reach the inside without a second copy; library.js, which nothing but tests loads, makes the bundler
// keep what they need. Declarations come from the compiler.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const dist = join(root, 'dist');
const source = join(root, 'src');
const tsc = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin', 'tsc');
const quiet = process.argv.includes('--quiet');
/** Run as programs, not imported. */
const programs = ['process/bootstrap'];
/** Further entry points with code that the index does not have. It gets a file that no other program loads; with the index, so that nothing else is cut for it. */
const apart = ['connection', 'managers'];
/** What nothing but tests needs, and a third of their programs: without a file of its own it would stand in library.js, which loads all files. */
const forTests = ['memory/fsck'];
/** What a program imports and the index does not: it would get a file of its own, for one page of code. */
const onlyForPrograms = ['process/whole_output', 'process/quick_end'];

/**
 * Each entry, and each dynamic import, cuts what it shares with others into a file of its own, and each file costs a program 1 ms at its start
 * (13 files 36 ms, 1 file 27). So the further entry points take what they export from those files, as tests do, and a child that is sent objects whose modules it
 * has not imported loads the index.
 */
const loadAllAtOnce = {
  name: 'load all at once',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /\/traveling_classes\.ts$/ }, ({ kind }) =>
      kind === 'dynamic-import' ? { path: join(source, 'index.ts') } : undefined,
    );
    // What the index loads of what is apart.
    onResolve({ filter: /\/sync_manager\.ts$/ }, ({ kind }) =>
      kind === 'dynamic-import' ? { path: join(source, 'managers.ts') } : undefined,
    );
    onLoad({ filter: /[\\/]src[\\/]index\.ts$/ }, ({ path }) => ({
      contents: readFileSync(path, 'utf8') + onlyForPrograms.map((name) => `import './${name}.ts';\n`).join(''),
      loader: 'ts',
    }));
    onLoad({ filter: new RegExp(`[\\\\/]src[\\\\/](${[...apart, ...forTests].join('|')})\\.ts$`) }, ({ path }) => ({
      contents: `${readFileSync(path, 'utf8')}import ${JSON.stringify(join(source, 'index.ts'))};\n`,
      loader: 'ts',
    }));
  },
};

if (process.argv.includes('--clean'))
  for (const folder of ['dist', '.build']) rmSync(join(root, folder), { recursive: true, force: true });
compile('tsconfig.json');
await bundle();
if (!process.argv.includes('--library')) compile('tsconfig.build.json');

function compile(project) {
  const { status } = spawnSync(process.execPath, [tsc, '-p', join(root, project)], { cwd: root, stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
  if (!quiet) console.log(`built ${project}`);
}

async function bundle() {
  const modules = readdirSync(source, { recursive: true })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => name.slice(0, -3).replaceAll('\\', '/'))
    .filter((name) => name !== 'index' && !programs.includes(name));
  const exports = await exportsOf(modules);
  const generated = join(root, '.build', 'generated', 'library.ts');
  writeFile(generated, modules.map((name) => exportLine(name, exports.get(name), join(source, `${name}.ts`))).join(''));
  const { metafile } = await build({
    entryPoints: [
      join(source, 'index.ts'),
      ...[...apart, ...forTests, ...programs].map((name) => join(source, `${name}.ts`)),
      generated,
    ],
    entryNames: '[name]',
    chunkNames: 'chunk-[hash]',
    outdir: dist,
    bundle: true,
    splitting: true,
    packages: 'external',
    format: 'esm',
    platform: 'node',
    target: 'node20',
    metafile: true,
    logLevel: 'warning',
    plugins: [loadAllAtOnce],
  });
  const made = new Set(Object.keys(metafile.outputs).map((name) => basename(name)));
  for (const name of made) finish(join(dist, name));
  for (const name of readdirSync(dist)) if (/^chunk-.*\.js$/.test(name) && !made.has(name)) rmSync(join(dist, name));
  keepPublicNames(made, exports.get('index'));
  const origins = findOrigins();
  for (const name of modules) reexport(join(dist, `${name}.js`), name, exports.get(name), origins);
  // What the library finds by a URL beside its own file.
  reexport(join(dist, 'worker.js'), 'pool/worker', exports.get('pool/worker'), origins);
  reexport(join(dist, 'net_parts.js'), 'net/parts', exports.get('net/parts'), origins);
  reexport(join(dist, 'manager_parts.js'), 'managers/parts', exports.get('managers/parts'), origins);
  if (!quiet) console.log('bundled dist/');
}

/** The names that each module exports, types left out, and those of the index. */
async function exportsOf(modules) {
  const names = [...modules, 'index'];
  const { metafile } = await build({
    absWorkingDir: source,
    entryPoints: names.map((name) => `${name}.ts`),
    outdir: dist,
    format: 'esm',
    write: false,
    metafile: true,
    // The build itself has the warnings.
    logLevel: 'error',
  });
  return new Map(Object.values(metafile.outputs).map(({ entryPoint, exports }) => [entryPoint.slice(0, -3), exports]));
}

/**
 * One by one, under names of their own: `export * as` would make an object of getters for each module, which every program would load
 * and run (a sixth of what the import takes).
 */
function exportLine(module, names, from) {
  return `export { ${names.map((name) => `${name} as ${nameOf(module, name)}`).join(', ')} } from ${JSON.stringify(from)};\n`;
}

/**
 * `import` of a module of Node's makes a second module of all that it exports, and asks each getter of `node:fs` on the way: that loads all of Node's streams.
 * Without these the import takes a fifth less.
 */
function takeBuiltins(text) {
  return text.replace(
    /^import (?:(\{[^}]*\})|\* as (\w+)) from ("node:[\w/]+");$/gm,
    (_, names, all, module) => `const ${all ?? names.replaceAll(' as ', ': ')} = process.getBuiltinModule(${module});`,
  );
}

/** What the bundler cannot do: class names, the file's own, a plain `require`, and Node's modules. */
function finish(file) {
  // By its name the library tells whether its code is still here, or in a user's bundle.
  const text = takeBuiltins(readFileSync(file, 'utf8'))
    .replaceAll('<the file that this is built into>', basename(file))
    // It is for the bundlers of users, who replace it; ours would put a function of its own in its place.
    .replaceAll('__require("pino")', 'require("pino")');
  // The bundler writes `var Lock = class _Lock` for a class that names itself: users would see the wrong name.
  const names = [...text.matchAll(/^var (\w+) = class _\1\b/gm)].map(([, name]) => name);
  writeFileSync(
    file,
    names.reduce((changed, name) => changed.replaceAll(new RegExp(`\\b_${name}\\b`, 'g'), name), text),
  );
}

/** A user's bundler gives classes other names, which `<Process name='Process-1' ...>` and the console would show. (esbuild's `keepNames` names every function.) */
function keepPublicNames(files, names) {
  for (const file of [...files].filter((name) => name.startsWith('chunk-')).map((name) => join(dist, name))) {
    const text = readFileSync(file, 'utf8');
    const classes = names.filter((name) => new RegExp(`^(?:var ${name} = class|class ${name}) `, 'm').test(text));
    const lines = classes.map((name) => `Object.defineProperty(${name}, 'name', { value: '${name}', configurable: true });\n`);
    writeFileSync(file, text + lines.join(''));
  }
}

function nameOf(module, name) {
  return `${module.replace(/\W/g, '_')}__${name}`;
}

/** Where each name of library.js stands: what re-exports one does without that list of all names of all modules, and without the files that it has no name of. */
function findOrigins() {
  const text = readFileSync(join(dist, 'library.js'), 'utf8');
  const imported = new Map();
  for (const [, names, file] of text.matchAll(/^import \{([^}]*)\} from "\.\/(.*)";$/gm))
    for (const [name, local] of pairs(names)) imported.set(local, { file, name });
  const origins = new Map();
  for (const [, names] of text.matchAll(/^export \{([^}]*)\};$/gm))
    for (const [local, name] of pairs(names)) origins.set(name, imported.get(local) ?? { file: 'library.js', name });
  return origins;
}

/** `a, b as c` as [a, a], [b, c]. */
function pairs(names) {
  return names.split(',').map((item) => {
    const [name, as = name] = item.trim().split(' as ');
    return [name, as];
  });
}

function reexport(file, module, names, origins) {
  const depth = file.slice(dist.length + 1).split(/[\\/]/).length - 1;
  const up = depth === 0 ? './' : '../'.repeat(depth);
  const lists = new Map();
  for (const as of names) {
    const { file: from, name } = origins.get(nameOf(module, as)) ?? { file: 'library.js', name: nameOf(module, as) };
    lists.set(from, [...(lists.get(from) ?? []), name === as ? name : `${name} as ${as}`]);
  }
  const lines = [...lists].map(([from, list]) => `export { ${list.join(', ')} } from '${up}${from}';\n`);
  writeFile(file, lines.join('') || 'export {};\n');
}

function writeFile(file, text) {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}
