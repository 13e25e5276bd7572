/**
 * The programs in docs/ run as they stand, and print what they say: in the text block after "prints", or in the comments of their `console.log` lines.
 * A text block after "and to standard error" has what goes there; pids do not count.
 * A block that imports nothing is an excerpt.
 */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { transformSync } from 'esbuild';
import { projectRoot } from '../architecture/project.js';
import { noPython } from '../shared_memory/support.js';
import { type Outcome, Program } from '../support/programs.js';

// Inside the package, so that its own name can be imported.
mkdirSync(join(projectRoot, '.build', 'docs'), { recursive: true });
const folder = mkdtempSync(join(projectRoot, '.build', 'docs', 'run-'));
after(() => rmSync(folder, { recursive: true, force: true }));

const BLOCK = /```(js|ts)\n(.*?)```(?:\s+prints\s+```text\n(.*?)```)?(?:\s+and to standard error\s+```text\n(.*?)```)?/gs;

function printedByComments(code: string): string {
  const comments = [...code.matchAll(/^ *console\.log\(.*\); +\/\/ (.*)$/gm)].map(([, comment]) => comment);
  return comments.map((comment) => `${comment}\n`).join('');
}

const PID = /pid \d+/g;

function withoutPids(outcome: Outcome): Outcome {
  return { ...outcome, stderr: outcome.stderr.replace(PID, 'pid N') };
}

const ran = new Set<string>();
// They wait more than they compute.
describe('the programs of the pages', { concurrency: 3 }, () => {
  for (const page of readdirSync(join(projectRoot, 'docs')).filter((name) => name.endsWith('.md'))) {
    const blocks = [...readFileSync(join(projectRoot, 'docs', page), 'utf8').matchAll(BLOCK)];
    for (const [i, [, loader, code, printed, complained = '']] of blocks
      .filter(([, , text]) => text.startsWith('import '))
      .entries()) {
      ran.add(page);
      test(`${page}, program ${i + 1}`, { skip: code.includes('python3') && noPython }, async () => {
        const file = join(folder, `${page}-${i + 1}.mjs`);
        writeFileSync(file, transformSync(code, { loader: loader as 'js' | 'ts', target: 'node20', format: 'esm' }).code);
        const expected = printed ?? printedByComments(code);
        assert.notEqual(expected, '', 'it says what it prints');
        // A program that listens to warnings prints them itself.
        const env = code.includes("process.on('warning'") ? { NODE_NO_WARNINGS: '1' } : {};
        const outcome = await new Program(process.execPath, [file], { env }).ended;
        assert.deepEqual(withoutPids(outcome), {
          stdout: expected,
          stderr: complained.replace(PID, 'pid N'),
          code: 0,
          signal: null,
        });
      });
    }
  }
});

test('the pages have programs', () => {
  assert.deepEqual([...ran].sort(), [
    'blocking.md',
    'bundles.md',
    'connections.md',
    'guidelines.md',
    'handles.md',
    'logging.md',
    'managers.md',
    'pipes.md',
    'pool.md',
    'processes.md',
    'queues.md',
    'shared-memory-by-name.md',
    'shared-memory.md',
    'signals.md',
    'start-methods.md',
    'synchronisation.md',
  ]);
});
