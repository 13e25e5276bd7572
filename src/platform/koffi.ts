/** Finding koffi, the bridge to the C library. It has JavaScript and a native file: the first is found by its package, the second may also come alone. */
import { closeSync, constants, existsSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { PlatformError } from '../base/errors.ts';
import { isFrozen, isSingleExecutable, ownFile } from './packaging.ts';

export type Koffi = typeof import('koffi');

/** What koffi's native file is called, beside a bundle or among the assets of a single executable. */
const NATIVE = 'koffi.node';
/** Linux's, which `fs.constants` lacks: a file without a name in the folder that is opened. Elsewhere opening a folder for writing fails. */
const O_TMPFILE = 0o20000000;
/** For each processor whose native files are called as Node calls it: where Linux may have another C library, and the package looks which one Node is made for. */
const MUSL_LOADERS: Partial<Record<string, string>> = { x64: '/lib/ld-musl-x86_64.so.1', arm64: '/lib/ld-musl-aarch64.so.1' };

/** koffi on first use: importing the package must open nothing and load nothing native. */
export function loadKoffi(): Koffi {
  try {
    if (isFrozen()) return frozenKoffi() ?? packageOf()('koffi');
    return nativeKoffi() ?? packageOf()('koffi');
  } catch (cause) {
    throw new PlatformError(`multiproc cannot load its bridge to the C library (koffi): ${fixOf(cause)}`, { cause });
  }
}

function fixOf(cause: unknown): string {
  if ((cause as { code?: string }).code === 'ERR_DLOPEN_DISABLED') return 'start Node with --allow-addons beside --permission';
  if (!isFrozen()) return 'reinstall multiproc with its optional dependencies';
  const asset = isSingleExecutable()
    ? `put ${NATIVE} into the executable as an asset, or beside it`
    : `put ${NATIVE} beside the bundle`;
  return `${asset} (docs/bundles.md says where that file is), or have node_modules/koffi there`;
}

function packageOf(): NodeJS.Require {
  return createRequire(ownFile() ?? process.execPath);
}

/**
 * The native file of the package, where it is plain which one is this system's. What the package does to find that out, and for its deprecated names, takes 10 ms of
 * processor time in each program and each child: a tenth of their start.
 */
function nativeKoffi(): Koffi | undefined {
  const { platform, arch } = process;
  const loader = MUSL_LOADERS[arch];
  if (loader === undefined || (platform === 'linux' && existsSync(loader))) return undefined;
  try {
    const entry = createRequire(packageOf().resolve('koffi')).resolve(`@koromix/koffi-${platform}-${arch}`);
    return open(join(dirname(entry), `${platform}_${arch}`, NATIVE));
  } catch {
    // The package knows of other places, or says what is wrong.
    return undefined;
  }
}

/** The native file, where it was given without its package. */
function frozenKoffi(): Koffi | undefined {
  const asset = isSingleExecutable() ? assetOf(NATIVE) : undefined;
  if (asset) return fromAsset(asset);
  const file = ownFile();
  const beside = file === null ? null : join(dirname(file), NATIVE);
  return beside !== null && existsSync(beside) ? open(beside) : undefined;
}

function assetOf(name: string): ArrayBuffer | undefined {
  try {
    return (process.getBuiltinModule('node:sea') as { getRawAsset(key: string): ArrayBuffer }).getRawAsset(name);
  } catch {
    // Node has no way to ask whether there is one.
    return undefined;
  }
}

/** Only a file can be opened. One without a name is left behind by nobody, be it killed here; where the file system has none, one with a name. */
function fromAsset(asset: ArrayBuffer): Koffi {
  const bytes = new Uint8Array(asset);
  let fd: number;
  try {
    fd = openSync(tmpdir(), constants.O_RDWR | constants.O_DIRECTORY | O_TMPFILE, 0o600);
  } catch {
    return fromFolder(bytes);
  }
  try {
    writeFileSync(fd, bytes);
    return open(`/proc/self/fd/${fd}`);
  } finally {
    closeSync(fd);
  }
}

function fromFolder(bytes: Uint8Array): Koffi {
  const folder = mkdtempSync(join(tmpdir(), 'koffi-of-multiproc-'));
  try {
    const file = join(folder, NATIVE);
    writeFileSync(file, bytes, { mode: 0o600 });
    return open(file);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function open(file: string): Koffi {
  const module = { exports: {} as Koffi };
  process.dlopen(module, file);
  return module.exports;
}
