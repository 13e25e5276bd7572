/** The programs in docs/, but for those of the pages that have most (docs-long.test.ts). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pagesWithPrograms, testPrograms } from './doc_programs.js';
import { LONG_PAGES } from './long_pages.js';

const PAGES = [
  'blocking.md',
  'bundles.md',
  'connections.md',
  'guidelines.md',
  'handles.md',
  'logging.md',
  'pipes.md',
  'processes.md',
  'queues.md',
  'shared-memory-by-name.md',
  'shared-memory.md',
  'signals.md',
  'start-methods.md',
  'synchronisation.md',
];

testPrograms(PAGES);

test('no page with programs is left out', () => {
  assert.deepEqual([...PAGES, ...LONG_PAGES].sort(), pagesWithPrograms().sort());
});
