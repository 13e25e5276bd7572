/** Each example is a program that runs as it stands and prints what its last comment says. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { projectRoot } from '../architecture/project.js';
import { Program } from '../support/programs.js';

const folder = join(projectRoot, 'examples');

for (const file of readdirSync(folder).filter((name) => name.endsWith('.ts'))) {
  test(`examples/${file} prints what it says`, async () => {
    const printed = /\/\* Prints:\n([\s\S]*?)\*\/\s*$/.exec(readFileSync(join(folder, file), 'utf8'));
    assert.ok(printed, 'it ends with a comment that begins with "Prints:"');
    const compiled = join(projectRoot, '.build', 'examples', file.replace(/\.ts$/, '.js'));
    const { stdout, code } = await new Program(process.execPath, [compiled], { env: { NODE_NO_WARNINGS: '1' } }).ended;
    assert.equal(stdout, printed[1]);
    assert.equal(code, 0);
  });
}
