// `npm run bench`: measures every row, prints the table, writes the JSON.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describeMachine, findPython } from './harness/machine.ts';
import { killRunning } from './harness/measurement.ts';
import { packageRoot } from './harness/paths.ts';
import { measureRow, type SideResult } from './harness/rounds.ts';
import type { Row } from './harness/rows.ts';
import { sidesOf } from './harness/sides.ts';
import { format, renderNotes, renderTable } from './harness/table.ts';
import { judge, type Verdict } from './harness/verdict.ts';
import { type Options, parseOptions, UsageError } from './options.ts';

interface Measured {
  readonly row: Row;
  readonly results: readonly SideResult[];
  readonly verdict: Verdict;
}

// Node 20 reads the whole list at the start of each process, which takes longer than the start itself; whether it is set is the machine's matter, not that of what is compared.
delete process.env.NODE_EXTRA_CA_CERTS;

try {
  const options = parseOptions(process.argv.slice(2));
  if (typeof options === 'string') process.stdout.write(options);
  else await bench(options);
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  process.stderr.write(`bench: ${error.message}\nTry --help.\n`);
  process.exitCode = 2;
}

async function bench(options: Options): Promise<void> {
  process.once('SIGINT', () => {
    killRunning();
    process.exit(130);
  });
  const python = findPython();
  const machine = describeMachine(python);
  if (!python) note('no python3 was found: the columns of CPython stay empty (PYTHON=/path/to/python3 names one)');
  const measured: Measured[] = [];
  for (const row of options.rows) {
    if (row.linuxOnly && process.platform !== 'linux') {
      note(`${row.name}: left out, it needs /proc`);
      continue;
    }
    const results = await measureRow(row, sidesOf(row, python, options.seconds), {
      rounds: options.rounds,
      timeout: options.timeout,
      progress: (side, round, outcome) =>
        note(
          `${row.name} ${round}/${options.rounds} ${side.name}: ${outcome instanceof Error ? `failed: ${outcome.message}` : format(row, outcome)}`,
        ),
    });
    measured.push({ row, results, verdict: judge(row, results) });
  }
  show(measured, machine, options);
  save(measured, machine, options);
  process.exitCode = exitCode(measured, options);
}

function show(measured: readonly Measured[], machine: ReturnType<typeof describeMachine>, { rounds, seconds }: Options): void {
  const { cpu, cores, os, node, python, pools } = machine;
  const versions = Object.entries(pools).map(([name, version]) => `${name} ${version}`);
  console.log(`${cpu}, ${cores} cores, ${os}; Node ${node}; ${python ?? 'no python3 found'}; ${versions.join(', ')}`);
  console.log(`medians of ${rounds} round${rounds === 1 ? '' : 's'}, ${seconds} s each\n`);
  console.log(renderTable(measured, python));
  const notes = renderNotes(measured);
  if (notes) console.log(`\n${notes}`);
}

function save(measured: readonly Measured[], machine: ReturnType<typeof describeMachine>, { rounds, seconds }: Options): void {
  const file = join(packageRoot, 'bench', 'results', 'latest.json');
  const rows = measured.map(({ row, results, verdict }) => ({
    name: row.name,
    work: row.work,
    unit: row.unit,
    floors: row.floors,
    limit: row.limit,
    results,
    bestPool: verdict.bestPool?.name,
    pythonRatio: verdict.pythonRatio,
    poolRatio: verdict.poolRatio,
    ok: verdict.ok ?? null,
  }));
  mkdirSync(join(file, '..'), { recursive: true });
  writeFileSync(file, `${JSON.stringify({ date: new Date().toISOString(), machine, rounds, seconds, rows }, null, 2)}\n`);
  note(`written to ${file}`);
}

/** A side that cannot be measured is an error; a floor that is missed only where asked. */
function exitCode(measured: readonly Measured[], { check }: Options): number {
  const failed = measured.some(({ results }) => results.some(({ error }) => error !== undefined));
  return failed || (check && measured.some(({ verdict }) => verdict.ok === false)) ? 1 : 0;
}

function note(line: string): void {
  process.stderr.write(`${line}\n`);
}
