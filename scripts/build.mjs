// Builds src/ into dist/ (what is published) and test/, demo/, bench/ and examples/ into .build/.
// `--library` builds src/ alone; `--clean` starts from nothing; `--quiet` prints nothing on success.
//
// dist/ has the library in a few files: a hundred small ones would cost each program, and each worker again, 50 ms at its start.
// dist/<layer>/<module>.js are re-exports of them, so that tests reach the inside without a second copy. Declarations come from the compiler.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const dist = join(root, 'dist');
const source = join(root, 'src');
const tsc = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin', 'tsc');
const quiet = process.argv.includes('--quiet');
/** Run as programs, not imported. */
const programs = ['process/bootstrap'];

/**
 * Each entry, and each dynamic import, cuts what it shares with others into a file of its own, and each file costs a program 1 ms at its start
 * (13 files 36 ms, 1 file 27). So the further entry points take what they export from library.js, as tests do, and a child that is sent objects whose modules it
 * has not imported loads the index.
 */
const loadAllAtOnce = {
  name: 'load all at once',
  setup({ onResolve }) {
    onResolve({ filter: /\/traveling_classes\.ts$/ }, ({ kind }) =>
      kind === 'dynamic-import' ? { path: join(source, 'index.ts') } : undefined,
    );
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
  const generated = join(root, '.build', 'generated', 'library.ts');
  writeFile(
    generated,
    modules.map((name) => `export * as ${nameOf(name)} from ${JSON.stringify(join(source, `${name}.ts`))};\n`).join(''),
  );
  const { metafile } = await build({
    entryPoints: [join(source, 'index.ts'), ...programs.map((name) => join(source, `${name}.ts`)), generated],
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
  const library = await import(pathToFileURL(join(dist, 'library.js')).href);
  keepPublicNames(made, Object.keys(await import(pathToFileURL(join(dist, 'index.js')).href)));
  for (const name of modules) reexport(join(dist, `${name}.js`), nameOf(name), Object.keys(library[nameOf(name)]));
  // What the library finds by a URL beside its own file.
  reexport(join(dist, 'worker.js'), nameOf('pool/worker'), Object.keys(library[nameOf('pool/worker')]));
  if (!quiet) console.log('bundled dist/');
}

/** What the bundler cannot do: class names, the file's own, and a plain `require`. */
function finish(file) {
  // By its name the library tells whether its code is still here, or in a user's bundle.
  const text = readFileSync(file, 'utf8')
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

function nameOf(module) {
  return module.replace(/\W/g, '_');
}

function reexport(file, namespace, names) {
  const depth = file.slice(dist.length + 1).split(/[\\/]/).length - 1;
  const from = `${depth === 0 ? './' : '../'.repeat(depth)}library.js`;
  const lines = names.map((name) => `export const ${name} = ${namespace}.${name};\n`);
  writeFile(file, names.length === 0 ? 'export {};\n' : `import { ${namespace} } from '${from}';\n${lines.join('')}`);
}

function writeFile(file, text) {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}
