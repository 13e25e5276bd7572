/**
 * The public names, one by one: adding or losing one is a decision that shows in the diff of `exported_names.json`.
 * `UPDATE_SNAPSHOTS=1 npm test -- exports` writes the file.
 */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { exportedNames } from './layers.js';
import { projectRoot } from './project.js';

const snapshot = join(projectRoot, 'test', 'architecture', 'exported_names.json');
const source = readFileSync(join(projectRoot, 'src', 'index.ts'), 'utf8');

test('src/index.ts exports the names of the snapshot', () => {
  const names = exportedNames(source);
  if (process.env.UPDATE_SNAPSHOTS) writeFileSync(snapshot, `${JSON.stringify(names, null, 2)}\n`);
  assert.deepEqual(names, JSON.parse(readFileSync(snapshot, 'utf8')));
});

test('dist/index.js has exactly the values among them, and no default', async () => {
  const built: object = await import('multiproc');
  const values = exportedNames(source).filter((name) => !name.startsWith('type '));
  assert.deepEqual(Object.keys(built).sort(), values);
});
