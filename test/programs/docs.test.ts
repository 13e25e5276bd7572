/**
 * The programs in docs/ run as they stand, and print what they say: in the text block after "prints", or in the comments of their `console.log` lines.
 * A block that imports nothing is an excerpt.
 */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { transformSync } from 'esbuild';
import { projectRoot } from '../architecture/project.js';
import { noPython } from '../shared_memory/support.js';
import { Program } from '../support/programs.js';

// Inside the package, so that its own name can be imported.
mkdirSync(join(projectRoot, '.build', 'docs'), { recursive: true });
const folder = mkdtempSync(join(projectRoot, '.build', 'docs', 'run-'));
after(() => rmSync(folder, { recursive: true, force: true }));

const BLOCK = /```(js|ts)\n(.*?)```(?:\s+prints\s+```text\n(.*?)```)?/gs;

function printedByComments(code: string): string {
  const comments = [...code.matchAll(/^ *console\.log\(.*\); +\/\/ (.*)$/gm)].map(([, comment]) => comment);
  return comments.map((comment) => `${comment}\n`).join('');
}

const ran = new Set<string>();
for (const page of readdirSync(join(projectRoot, 'docs')).filter((name) => name.endsWith('.md'))) {
  const blocks = [...readFileSync(join(projectRoot, 'docs', page), 'utf8').matchAll(BLOCK)];
  for (const [i, [, loader, code, printed]] of blocks.filter(([, , text]) => text.startsWith('import ')).entries()) {
    ran.add(page);
    test(`${page}, program ${i + 1}`, { skip: code.includes('python3') && noPython }, async () => {
      const file = join(folder, `${page}-${i + 1}.mjs`);
      writeFileSync(file, transformSync(code, { loader: loader as 'js' | 'ts', target: 'node20', format: 'esm' }).code);
      const expected = printed ?? printedByComments(code);
      assert.notEqual(expected, '', 'it says what it prints');
      assert.deepEqual(await new Program(process.execPath, [file]).ended, {
        stdout: expected,
        stderr: '',
        code: 0,
        signal: null,
      });
    });
  }
}

test('the pages about shared objects have programs', () => {
  assert.deepEqual([...ran].sort(), ['handles.md', 'shared-memory-by-name.md', 'shared-memory.md', 'synchronisation.md']);
});
