// What the figures of a row say: the ratios, and whether they are enough.
import type { SideResult } from './rounds.ts';
import type { Row } from './rows.ts';

export interface Verdict {
  readonly ours?: SideResult;
  readonly python?: SideResult;
  /** The fastest of the other pools in this row. */
  readonly bestPool?: SideResult;
  readonly pythonRatio?: number;
  readonly poolRatio?: number;
  /** Nothing is asked of this row: it is for information. */
  readonly isInfo: boolean;
  /** `undefined`: not everything that this row asks for could be measured. */
  readonly ok?: boolean;
}

export function judge(row: Row, results: readonly SideResult[]): Verdict {
  const ours = results.find(({ kind }) => kind === 'ours');
  const python = results.find(({ kind }) => kind === 'python');
  const bestPool = results
    .filter(({ kind, median }) => kind === 'nodePool' && median !== undefined)
    .reduce<SideResult | undefined>((best, pool) => (best && timesAsGood(row, best, pool)! >= 1 ? best : pool), undefined);
  const pythonRatio = timesAsGood(row, ours, python);
  const poolRatio = timesAsGood(row, ours, bestPool);
  const asked = [
    row.floors.python === undefined ? true : atLeast(pythonRatio, row.floors.python),
    row.floors.nodePools === undefined ? true : atLeast(poolRatio, row.floors.nodePools),
    row.limit === undefined ? true : atMost(ours?.median, row.limit),
  ];
  const isInfo = row.floors.python === undefined && row.floors.nodePools === undefined && row.limit === undefined;
  const ok = asked.includes(false) ? false : asked.includes(undefined) ? undefined : true;
  return { ours, python, bestPool, pythonRatio, poolRatio, isInfo, ok };
}

/** How many times as good `a` is: more operations, or less time. */
function timesAsGood(row: Row, a: SideResult | undefined, b: SideResult | undefined): number | undefined {
  if (a?.median === undefined || b?.median === undefined) return undefined;
  return row.unit === 'ops' || row.unit === 'bytes/s' ? a.median / b.median : b.median / a.median;
}

function atLeast(value: number | undefined, floor: number): boolean | undefined {
  return value === undefined ? undefined : value >= floor;
}

function atMost(value: number | undefined, limit: number): boolean | undefined {
  return value === undefined ? undefined : value <= limit;
}
