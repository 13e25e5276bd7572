/** Decoding that may need modules which are not imported yet, or what another process has to hand over: gets them, and decodes again. */
import { isDeepStrictEqual } from 'node:util';
import { functionCodec, importingFunctionCodec } from '../references/codec.ts';
import { loadModule } from '../references/living.ts';
import { ModuleNotLoaded } from '../references/module_not_loaded.ts';
import { setFunctionCodec } from './hooks.ts';
import { dismiss, NotHere, patiently, type WaitedFor } from './patience.ts';
import { ALL_KINDS, loadKinds } from './registry.ts';

/** Whether the bytes can be decoded after a wait, by `readImporting`. */
export function needsWait(error: unknown): boolean {
  return error instanceof ModuleNotLoaded || error instanceof NotHere;
}

/** Runs `read` with a codec that leaves imports and waits to the caller: throws what `needsWait` where one is needed. `here` has what came before. */
export function readWithoutImport<T>(read: () => T, here?: WaitedFor): T {
  setFunctionCodec(importingFunctionCodec);
  try {
    return patiently(read, here);
  } finally {
    setFunctionCodec(functionCodec);
  }
}

/** Runs `read` until all modules that it needs are there. `read` must be repeatable. Rejects with what an import throws. */
export async function readImporting<T>(read: () => T): Promise<T> {
  let last: ModuleNotLoaded | undefined;
  const here: WaitedFor = new Map();
  try {
    for (;;) {
      try {
        return readWithoutImport(read, here);
      } catch (error) {
        if (error instanceof NotHere) {
          await error.bring(here);
          continue;
        }
        // Imported, and still missing: another try would be another one like it.
        if (!(error instanceof ModuleNotLoaded) || (error.url === last?.url && isDeepStrictEqual(error.what, last.what)))
          throw error;
        last = error;
        await (error.url === ALL_KINDS ? loadKinds() : loadModule(error));
        // What the module began without waiting for it (a main part that lacks its guard) fails before the function is called.
        await new Promise((resolve) => setImmediate(resolve));
      }
    }
  } catch (error) {
    dismiss(here);
    throw error;
  }
}
