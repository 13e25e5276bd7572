/** The examples of the documentation print what it says. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { projectRoot } from '../architecture/project.js';
import { Program } from '../support/programs.js';
import { noPython } from './support.js';

const page = readFileSync(join(projectRoot, 'docs', 'shared-memory-by-name.md'), 'utf8');
const examples = [...page.matchAll(/```js\n(.*?)```\s+prints\s+```text\n(.*?)```/gs)];

assert.equal(examples.length, 2);
for (const [i, [, code, expected]] of examples.entries()) {
  test(`example ${i + 1}`, { skip: code.includes('python3') && noPython }, async () => {
    const program = new Program(process.execPath, ['--input-type=module', '-e', code], { cwd: projectRoot });
    assert.deepEqual(await program.ended, { stdout: expected, stderr: '', code: 0, signal: null });
  });
}
