/** The memory of another process. */
import { readFileSync } from 'node:fs';

/** Resident bytes of a process; null = it is gone, or the system does not tell (anywhere but on Linux). */
export function residentBytes(pid: number): number | null {
  try {
    const line = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'));
    return line ? Number(line[1]) * 1024 : null;
  } catch {
    return null;
  }
}
