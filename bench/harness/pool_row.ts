// What a pool's row is called: the work, then `-p99` for a percentile of the time that one call takes, then `-8` for eight workers.
import { which } from './timing.ts';

export interface PoolRow {
  readonly row: string;
  /** In per cent. */
  readonly percentile: number | undefined;
  readonly workers: number;
}

export function poolRow(): PoolRow {
  const [, row, percentile, workers] = /^([a-z]+)(?:-p(\d+))?(?:-(\d+))?$/.exec(which)!;
  return { row, percentile: percentile === undefined ? undefined : Number(percentile), workers: Number(workers ?? 2) };
}
