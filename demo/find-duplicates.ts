// Finds duplicate files under a directory: `npm run demo -- [DIR]`.
import { setImmediate as breathe } from 'node:timers/promises';
import { isMain } from 'multiproc';
import { batches, Candidates } from './candidates.ts';
import { hashAll, totalBytes } from './compare.ts';
import { findDuplicates } from './duplicates.ts';
import { type Options, parseOptions, Refusal, USAGE } from './options.ts';
import { report } from './report.ts';
import { walk } from './walk.ts';

if (isMain(import.meta)) {
  try {
    const options = parseOptions(process.argv.slice(2));
    process.stdout.write(options ? await run(options) : USAGE);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    process.stderr.write(`find-duplicates: ${error.message}\n`);
    process.exitCode = error.status;
  }
}

async function run({ root, processes, top, all, compare }: Options): Promise<string> {
  const candidates = await collect(root);
  const files = candidates.toHash(all);
  const tasks = [...batches(files)];
  const outcome = await hashAll(tasks, processes, compare);
  const hashed = outcome.results.filter((result) => 'hash' in result);
  const problems = [...candidates.problems, ...outcome.results.filter((result) => 'problem' in result)];
  const job = { root, candidates, hashed: files.length, bytes: totalBytes(tasks), all, processes };
  return report(job, findDuplicates(hashed), problems, outcome, top);
}

async function collect(root: string): Promise<Candidates> {
  const candidates = new Candidates();
  let seen = 0;
  for (const found of walk(root)) {
    candidates.add(found);
    // The walk itself is synchronous; Ctrl-C and timers get their turn now and then.
    if (++seen % 1000 === 0) await breathe();
  }
  return candidates;
}
