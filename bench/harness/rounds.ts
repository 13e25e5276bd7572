// Measures the sides of a row in turns: A B C, A B C ... A machine that slows down in the middle slows all of them.
import { runProgram } from './measurement.ts';
import type { Row } from './rows.ts';
import type { Side } from './sides.ts';
import type { Measurement } from './timing.ts';

export interface SideResult {
  readonly kind: Side['kind'];
  readonly name: string;
  readonly values: readonly number[];
  /** Missing where every round failed; `error` is then the last reason. */
  readonly median?: number;
  readonly error?: string;
  /** What else the program saw, in the last round. */
  readonly note?: string;
}

export interface RoundOptions {
  readonly rounds: number;
  readonly timeout: number;
  readonly progress: (side: Side, round: number, outcome: number | Error) => void;
}

export async function measureRow(
  row: Row,
  sides: readonly Side[],
  { rounds, timeout, progress }: RoundOptions,
): Promise<SideResult[]> {
  const tallies = sides.map((side) => ({
    side,
    values: [] as number[],
    error: undefined as string | undefined,
    note: undefined as string | undefined,
  }));
  for (let round = 1; round <= rounds; round++) {
    for (const tally of tallies) {
      // What failed once is not tried again: a timeout is long.
      if (tally.error !== undefined) continue;
      try {
        const measurement = await runProgram(tally.side.command, timeout);
        const value = valueOf(row, measurement);
        tally.values.push(value);
        tally.note = measurement.note;
        progress(tally.side, round, value);
      } catch (error) {
        tally.error = (error as Error).message;
        progress(tally.side, round, error as Error);
      }
    }
  }
  return tallies.map(({ side: { kind, name }, values, error, note }) => ({
    kind,
    name,
    values,
    median: median(values),
    error,
    note,
  }));
}

/** In the row's unit. */
function valueOf(row: Row, measurement: Measurement): number {
  if ('bytes' in measurement) return measurement.bytes;
  if ('times' in measurement) return measurement.times;
  const { ops, seconds } = measurement;
  if (row.unit === 'seconds per op') return seconds / ops;
  return (ops / seconds) * (row.size ?? 1);
}

export function median(values: readonly number[]): number | undefined {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 || sorted.length === 0 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
