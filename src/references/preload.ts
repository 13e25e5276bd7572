/** Modules that a process loads before it knows what it will be asked to do. */
import { createRequire } from 'node:module';
import { isAbsolute } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { argumentTypeError } from '../base/errors.ts';
import { runAsImport } from './import_guard.ts';

/** The URL of a module given as URL, text of one, or absolute path; or the bare name of a package. */
export function moduleSpecifier(module: unknown): string {
  if (module instanceof URL) return module.href;
  if (typeof module !== 'string' || module === '')
    throw argumentTypeError(
      `a module to preload must be a path, URL or package name, not ${module === '' ? "''" : typeof module}`,
    );
  if (isAbsolute(module)) return pathToFileURL(module).href;
  if (/^\.{1,2}(?:[/\\]|$)/.test(module))
    throw argumentTypeError(
      `'${module}' is relative to nothing: preload new URL('${module}', import.meta.url), or an absolute path`,
    );
  return module;
}

/** Imports a module, or a package as the file `from` would find it. What it begins belongs to the import: it starts no processes. */
export async function preloadModule(specifier: string, from: string): Promise<void> {
  // `C:` and the like are absolute paths.
  const isUrl = /^[a-z][a-z0-9+.-]+:/i.test(specifier);
  await runAsImport(specifier, () => (isUrl ? import(specifier) : importFrom(specifier, from)));
}

function importFrom(name: string, from: string): Promise<unknown> {
  // Resolves as `import` in that file does; `require.resolve` does not know the packages that can be imported only.
  const vm = process.getBuiltinModule('node:vm');
  const { USE_MAIN_CONTEXT_DEFAULT_LOADER: loader } = vm.constants as unknown as { USE_MAIN_CONTEXT_DEFAULT_LOADER?: never };
  if (loader === undefined) return import(pathToFileURL(createRequire(from).resolve(name)).href);
  return withoutExperimentalWarning(() =>
    vm.compileFunction('return import(name)', ['name'], { filename: from, importModuleDynamically: loader })(name),
  );
}

/** Node 20 and later warn of the loader above; what is imported warns later, and is heard. */
function withoutExperimentalWarning<R>(run: () => R): R {
  const { emitWarning } = process;
  process.emitWarning = () => {};
  try {
    return run();
  } finally {
    process.emitWarning = emitWarning;
  }
}

/** For errors. */
export function moduleText(specifier: string): string {
  return specifier.startsWith('file:') ? fileURLToPath(specifier) : specifier;
}
