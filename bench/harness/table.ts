// The result as a Markdown table.
import type { SideResult } from './rounds.ts';
import type { Row } from './rows.ts';
import type { Verdict } from './verdict.ts';

export function renderTable(judged: readonly { row: Row; verdict: Verdict }[], python: string | null): string {
  const head = [
    'work',
    'multiproc',
    python ?? 'CPython (not found)',
    'ratio',
    'floor',
    'best Node pool',
    'ratio',
    'floor',
    'ok?',
  ];
  const body = judged.map(({ row, verdict }) => [
    row.work,
    figure(row, verdict.ours),
    row.python ? figure(row, verdict.python) : '',
    times(verdict.pythonRatio),
    row.limit === undefined ? times(row.floors.python) : `at most ${format(row, row.limit)}`,
    verdict.bestPool ? `${figure(row, verdict.bestPool)} ${verdict.bestPool.name}` : '',
    times(verdict.poolRatio),
    times(row.floors.nodePools),
    answer(verdict),
  ]);
  return markdown([head, ...body]);
}

/** What the programs saw beyond their figure, as a list; empty where there is nothing. */
export function renderNotes(measured: readonly { row: Row; results: readonly SideResult[] }[]): string {
  return measured
    .flatMap(({ row, results }) =>
      results.map(({ name, note }) => (note === undefined ? '' : `- ${row.work}, ${name}: ${note}\n`)),
    )
    .join('');
}

function answer({ isInfo, ok }: Verdict): string {
  if (isInfo) return '';
  return ok === undefined ? '?' : ok ? 'yes' : 'NO';
}

export function format(row: Row, value: number): string {
  if (row.unit === 'seconds per op') return value < 0.001 ? `${significant(value * 1e6)} µs` : `${significant(value * 1e3)} ms`;
  if (row.unit === 'bytes') return `${significant(value / 1e6)} MB`;
  if (row.unit === 'times') return times(value);
  if (row.unit === 'bytes/s') return `${significant(value / 1e9)} GB/s`;
  if (value >= 1e6) return `${significant(value / 1e6)} M/s`;
  return value >= 1e3 ? `${significant(value / 1e3)} k/s` : `${significant(value)} /s`;
}

function figure(row: Row, result: SideResult | undefined): string {
  if (result?.median !== undefined) return format(row, result.median);
  return result?.error === undefined ? '-' : 'failed';
}

function times(ratio: number | undefined): string {
  return ratio === undefined ? '' : `${significant(ratio)}x`;
}

/** Three digits are more than the noise allows already. */
function significant(value: number): string {
  if (value === 0 || Math.abs(value) >= 100) return value.toFixed(0);
  return String(Number(value.toPrecision(3)));
}

function markdown(table: readonly (readonly string[])[]): string {
  const widths = table[0].map((_, column) => Math.max(3, ...table.map((cells) => cells[column].length)));
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column])).join(' | ')} |`;
  const rule = line(widths.map((width) => '-'.repeat(width)));
  return [line(table[0]), rule, ...table.slice(1).map(line)].join('\n');
}
