/**
 * The public names, one by one: adding or losing one is a decision that shows in the diff of `exported_names.json`.
 * `UPDATE_SNAPSHOTS=1 npm test -- exports` writes the file.
 */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { ENTRY_POINTS, exportedNames } from './layers.js';
import { projectRoot } from './project.js';

const snapshot = join(projectRoot, 'test', 'architecture', 'exported_names.json');
const sources = ENTRY_POINTS.map((file) => ({ file, path: join(projectRoot, 'src', file) }));
const names = Object.fromEntries(sources.map(({ file, path }) => [file, exportedNames(readFileSync(path, 'utf8'))]));

test('the entry points export the names of the snapshot', () => {
  if (process.env.UPDATE_SNAPSHOTS) writeFileSync(snapshot, `${JSON.stringify(names, null, 2)}\n`);
  assert.deepEqual(names, JSON.parse(readFileSync(snapshot, 'utf8')));
});

for (const { file } of sources) {
  test(`what is built from ${file} has exactly the values among them, and no default`, async () => {
    const module = file === 'index.ts' ? 'multiproc' : `multiproc/${file.replace(/\.ts$/, '')}`;
    const built: object = await import(module);
    assert.deepEqual(
      Object.keys(built).sort(),
      names[file].filter((name) => !name.startsWith('type ')),
    );
  });
}
