/** Importing the package costs nothing that a program which never uses it would notice. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import { projectRoot } from '../architecture/project.js';

interface Footprint {
  descriptors: string[];
  nativeCode: string[];
  resources: string[];
  listeners: string[];
  environment: string[];
  globals: string[];
}

/** A program that looks at its own process, runs `action`, and looks again. The first look does not count: looking opens things too. */
const programAround = (action: string): string => `
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
const orNothing = (read) => { try { return read(); } catch { return []; } }; // no /proc, or the descriptor of the listing itself
async function look() {
  for (let turn = 0; turn < 5; turn++) await new Promise(setImmediate); // the module loader closes its files behind our back
  const maps = orNothing(() => readFileSync('/proc/self/maps', 'utf8').match(/\\/\\S+\\.(?:node|so)\\b\\S*/g) ?? []);
  return {
    descriptors: orNothing(() => readdirSync('/proc/self/fd')).flatMap((fd) => orNothing(() => fd + ' ' + readlinkSync('/proc/self/fd/' + fd))),
    nativeCode: [...new Set(maps)].sort(),
    resources: process.getActiveResourcesInfo(),
    listeners: process.eventNames().map((name) => String(name) + ' ' + process.listenerCount(name)),
    environment: Object.keys(process.env).sort(),
    globals: Object.getOwnPropertyNames(globalThis).sort(),
  };
}
await import('node:path').then(look);
const before = await look();
${action}
const after = await look();
console.log(JSON.stringify([before, after]));
`;

function footprintsAround(action: string): [before: Footprint, after: Footprint] {
  const args = ['--input-type=module', '-e', programAround(action)];
  return JSON.parse(execFileSync(process.execPath, args, { cwd: projectRoot, encoding: 'utf8', timeout: 60_000 }));
}

test('importing opens nothing, loads no native code, starts nothing and changes nothing', () => {
  const [before, after] = footprintsAround(`await import('multiproc');`);
  for (const part of Object.keys(before) as (keyof Footprint)[]) {
    const added = after[part].filter((item) => !before[part].includes(item));
    assert.deepEqual(added, [], part);
    assert.equal(after[part].length, before[part].length, `${part}: something went`);
  }
});

/** Each costs a program milliseconds, and most programs need none of them before they start a process. */
const HEAVY = ['child_process', 'crypto', 'dns', 'http', 'inspector', 'net', 'stream', 'tls', 'worker_threads', 'zlib'];

/** Of Node's own heavy modules those that `action` loads. */
function heavyModulesOf(action: string): string[] {
  const program = `
const loaded = new Set(process.moduleLoadList);
${action}
console.log(JSON.stringify(process.moduleLoadList.filter((name) => !loaded.has(name)).map((name) => name.replace(/^NativeModule /, ''))));`;
  // From a file's place in the package, by the name that users import.
  const args = ['--input-type=module', '-e', program];
  const loaded: string[] = JSON.parse(
    execFileSync(process.execPath, args, { cwd: projectRoot, encoding: 'utf8', timeout: 60_000 }),
  );
  return HEAVY.filter((name) => loaded.includes(name));
}

test("importing loads none of Node's heavy modules", () => {
  assert.deepEqual(heavyModulesOf(`await import('multiproc');`), []);
  assert.deepEqual(heavyModulesOf(`(await import('node:net')).connect;`).includes('net'), true);
});

test('nor does a first start load node:crypto for its key', () => {
  const start = `
const { currentProcess, Process } = await import('multiproc');
await new Process({ target: Math.max }).start().join();
const { authkey } = currentProcess();
if (authkey.length !== 32 || new Set(authkey).size < 8) throw new Error('no random key');`;
  assert.equal(heavyModulesOf(start).includes('crypto'), false);
});

test('the look at a process sees each of these', () => {
  const actions: Record<keyof Footprint, string> = {
    descriptors: `(await import('node:fs')).openSync('package.json');`,
    nativeCode: `await import('koffi');`,
    resources: 'setTimeout(() => {}, 1000);',
    listeners: `process.on('SIGINT', () => {});`,
    environment: `process.env.SEEN = '1';`,
    globals: 'globalThis.seen = 1;',
  };
  const needsProc = process.platform === 'linux' ? [] : ['descriptors', 'nativeCode'];
  for (const [part, action] of Object.entries(actions)) {
    if (needsProc.includes(part)) continue;
    const [before, after] = footprintsAround(action);
    assert.notDeepEqual(after[part as keyof Footprint], before[part as keyof Footprint], part);
  }
});

const hasPlainNative =
  ['x64', 'arm64'].includes(process.arch) && !['x86_64', 'aarch64'].some((name) => existsSync(`/lib/ld-musl-${name}.so.1`));

test("the library opens koffi's native file by itself; a program may use the package as well, before and after", {
  skip: !hasPlainNative && 'the package decides here which native file it is',
}, () => {
  const program = `
import { createRequire } from 'node:module';
const require = createRequire(process.cwd() + '/package.json');
const { Lock } = await import('multiproc');
const lock = () => { const made = new Lock(); made.acquireSync(); return made.locked(); };
const first = process.argv[1] === 'library' ? [lock(), Object.keys(require.cache).length] : [];
const abs = require('koffi').load(null).func('int abs(int)');
console.log(JSON.stringify([...first, abs(-3), lock(), abs(-4)]));`;
  const printedBy = (first: string): string =>
    execFileSync(process.execPath, ['--input-type=module', '-e', program, first], { cwd: projectRoot, encoding: 'utf8' });
  assert.equal(printedBy('library'), '[true,0,3,true,4]\n');
  assert.equal(printedBy('koffi'), '[3,true,4]\n');
});
