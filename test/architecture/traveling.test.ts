/** A child knows the class of whatever it may be sent. */
import assert from 'node:assert/strict';
import { posix } from 'node:path';
import { test } from 'node:test';
import { referencesOf } from './imports.js';
import { readSources } from './project.js';

const sources = readSources();
/** A class that travels is registered where its file ends. (`registerObjectKind(kind)` is another: what memory is used for.) */
const REGISTERS = /^(registerSharedObject|registerTravel|registerSynchronized)\(|^register\w+<.*>\(\{/m;

/** What is only ever sent along with a function of the library whose module loads it. */
const LOADED_BY_TARGET = new Set(['pool/shared_arguments.ts']);

test('traveling_classes.ts imports every file that registers a class that travels', () => {
  const found = new Set<string>();
  const visit = (path: string): void => {
    if (found.has(path)) return;
    found.add(path);
    for (const { specifier } of referencesOf(sources.get(path)!))
      if (specifier.startsWith('.')) visit(posix.join(posix.dirname(path), specifier));
  };
  visit('process/traveling_classes.ts');
  const registering = [...sources].filter(([, text]) => REGISTERS.test(text)).map(([path]) => path);
  assert.ok(registering.length > 5);
  assert.deepEqual(
    registering.filter((path) => !found.has(path) && !LOADED_BY_TARGET.has(path)),
    [],
  );
});
