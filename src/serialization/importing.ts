/** Decoding that may need modules which are not imported yet: imports them, under the guard, and decodes again. */
import { isDeepStrictEqual } from 'node:util';
import { functionCodec, importingFunctionCodec } from '../references/codec.ts';
import { loadModule } from '../references/living.ts';
import { ModuleNotLoaded } from '../references/module_not_loaded.ts';
import { setFunctionCodec } from './hooks.ts';
import { ALL_KINDS, loadKinds } from './registry.ts';

/** Runs `read` with a codec that leaves imports to the caller: throws ModuleNotLoaded where one is needed. */
export function readWithoutImport<T>(read: () => T): T {
  setFunctionCodec(importingFunctionCodec);
  try {
    return read();
  } finally {
    setFunctionCodec(functionCodec);
  }
}

/** Runs `read` until all modules that it needs are there. `read` must be repeatable. Rejects with what an import throws. */
export async function readImporting<T>(read: () => T): Promise<T> {
  let last: ModuleNotLoaded | undefined;
  for (;;) {
    try {
      return readWithoutImport(read);
    } catch (error) {
      // Imported, and still missing: another try would be another one like it.
      if (!(error instanceof ModuleNotLoaded) || (error.url === last?.url && isDeepStrictEqual(error.what, last.what)))
        throw error;
      last = error;
      await (error.url === ALL_KINDS ? loadKinds() : loadModule(error));
      // What the module began without waiting for it (a main part that lacks its guard) fails before the function is called.
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
}
