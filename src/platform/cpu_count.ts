/** Processors that this program may use: what the scheduler grants, limited by the cgroup's quota (v2, v1). */
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return '';
  }
}

function quota(): number {
  const [v2, period2] = read('/sys/fs/cgroup/cpu.max').split(' ').map(Number);
  if (v2 > 0 && period2 > 0) return v2 / period2;
  const v1 = Number(read('/sys/fs/cgroup/cpu/cpu.cfs_quota_us'));
  const period1 = Number(read('/sys/fs/cgroup/cpu/cpu.cfs_period_us'));
  return v1 > 0 && period1 > 0 ? v1 / period1 : Infinity;
}

/** At least 1. */
export function cpuCount(): number {
  return Math.max(1, Math.min(availableParallelism(), Math.ceil(quota())));
}
