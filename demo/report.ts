// The report on stdout.
import { relative } from 'node:path';
import type { Candidates } from './candidates.ts';
import type { Outcome } from './compare.ts';
import type { DuplicateGroup } from './duplicates.ts';
import type { Problem } from './walk.ts';

const SAMPLE_PATHS = 3;
const MOST_PROBLEMS = 100;

export interface Job {
  readonly root: string;
  readonly candidates: Candidates;
  readonly hashed: number;
  readonly bytes: number;
  /** Every file was hashed, whatever its size. */
  readonly all: boolean;
  readonly processes: number;
}

export function report(
  job: Job,
  groups: readonly DuplicateGroup[],
  problems: readonly Problem[],
  outcome: Outcome,
  top: number,
): string {
  const sections = [largestGroups(job, groups, top), totals(job, groups), speed(job, outcome), listProblems(job, problems)];
  return `${sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`;
}

function largestGroups(job: Job, groups: readonly DuplicateGroup[], top: number): string[] {
  const shown = groups.slice(0, top);
  if (shown.length === 0) return [];
  const lines = [`${'copies'.padStart(6)}${'size'.padStart(12)}${'wasted'.padStart(12)}  files`];
  for (const { paths, size, wasted } of shown) {
    const samples = paths.slice(0, SAMPLE_PATHS).map((path) => printable(relative(job.root, path)));
    if (paths.length > SAMPLE_PATHS) samples.push(`... and ${count(paths.length - SAMPLE_PATHS)} more`);
    lines.push(`${count(paths.length).padStart(6)}${bytes(size).padStart(12)}${bytes(wasted).padStart(12)}  ${samples[0]}`);
    for (const sample of samples.slice(1)) lines.push(`${' '.repeat(32)}${sample}`);
  }
  if (groups.length > shown.length) lines.push(`... and ${plural(groups.length - shown.length, 'smaller group')}`);
  return lines;
}

function totals({ root, candidates, hashed, bytes: total, all }: Job, groups: readonly DuplicateGroup[]): string[] {
  const wasted = groups.reduce((sum, group) => sum + group.wasted, 0);
  const copies = groups.reduce((sum, group) => sum + group.paths.length - 1, 0);
  const leftOut = [
    candidates.hardLinks > 0 ? plural(candidates.hardLinks, 'further hard link') : '',
    candidates.empty > 0 ? plural(candidates.empty, 'empty file') : '',
  ].filter((part) => part !== '');
  return [
    `${plural(candidates.files, 'file')} under ${printable(root)}, ${count(hashed)} (${bytes(total)}) ${all ? '' : 'share their size with another and '}were hashed.`,
    ...(leftOut.length > 0 ? [`Not counted as duplicates: ${leftOut.join(', ')}.`] : []),
    `${plural(groups.length, 'group')} of duplicates; ${plural(copies, 'file')} to spare waste ${bytes(wasted)}.`,
  ];
}

function speed({ hashed, bytes: total, processes }: Job, { single, pooled, start, rounds }: Outcome): string[] {
  if (hashed === 0) return [];
  const row = (label: string, seconds: number): string =>
    `${label.padEnd(16)}${`${seconds.toFixed(3)} s`.padStart(12)}${count(hashed / seconds).padStart(12)}${count(total / seconds / 1e6).padStart(10)}`;
  const lines = [`${'hashing'.padEnd(16)}${'time'.padStart(12)}${'files/s'.padStart(12)}${'MB/s'.padStart(10)}`];
  if (single !== undefined) lines.push(row('1 process', single));
  lines.push(row(processes === 1 ? 'pool of 1' : `${processes} processes`, pooled));
  if (single !== undefined)
    lines.push(
      `speed-up ${(single / pooled).toFixed(2)}, contents in the page cache, ${rounds === 1 ? 'one round' : `median of ${rounds} rounds`}`,
    );
  lines.push(`starting the pool took ${start.toFixed(3)} s more`);
  return lines;
}

function listProblems({ root }: Job, problems: readonly Problem[]): string[] {
  if (problems.length === 0) return [];
  const lines = [`${plural(problems.length, 'problem')}:`];
  for (const { path, problem } of problems.slice(0, MOST_PROBLEMS))
    lines.push(`  ${printable(relative(root, path) || root)}: ${printable(problem)}`);
  if (problems.length > MOST_PROBLEMS) lines.push(`  ... and ${count(problems.length - MOST_PROBLEMS)} more`);
  return lines;
}

const numbers = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });

function count(n: number): string {
  return numbers.format(n);
}

function plural(n: number, noun: string): string {
  return `${count(n)} ${noun}${n === 1 ? '' : 's'}`;
}

function bytes(n: number): string {
  if (n < 1000) return `${n} B`;
  const units = ['kB', 'MB', 'GB', 'TB', 'PB'];
  let value = n / 1000;
  let unit = 0;
  // 999,950 would be printed as "1000.0 kB".
  for (; value >= 999.95 && unit < units.length - 1; unit++) value /= 1000;
  return `${value.toFixed(1)} ${units[unit]}`;
}

/** A file name may hold escape sequences, and this goes to a terminal. */
function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what this looks for
  return text.replace(/[\u0000-\u001f\u007f-\u009f]/g, (char) => `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`);
}
