// The rows: what is measured, with which programs, and what is asked of it.
import { pools } from '../node-pools/pools.ts';

export interface Row {
  readonly name: string;
  readonly work: string;
  readonly unit: 'ops' | 'bytes/s' | 'seconds per op' | 'bytes';
  /** Bytes in one operation, for rows in bytes per second. */
  readonly size?: number;
  /** The module in bench/rows/ and its row argument. */
  readonly ours: readonly [program: string, which?: string];
  readonly python?: readonly [program: string, which?: string];
  /** The row argument for bench/node-pools/program.ts, and who takes part. */
  readonly nodePools?: { readonly which: string; readonly names: readonly string[] };
  /** How many times as fast as the others we must be. */
  readonly floors: { readonly python?: number; readonly nodePools?: number };
  /** For rows without an opponent: what must not be exceeded, in bytes or seconds. */
  readonly limit?: number;
  /** Needs /proc. */
  readonly linuxOnly?: boolean;
}

const everyPool = Object.keys(pools);

function strings(kind: 'Pipe' | 'Queue', consumer: 'sync' | 'async'): Row {
  const program = `${kind.toLowerCase()}-strings`;
  return {
    name: `${program}-${consumer}`,
    work: `${kind}: 256-byte strings, ${consumer} consumer`,
    unit: 'ops',
    ours: [program, consumer],
    python: [program, consumer],
    floors: { python: 5 },
  };
}

function megabytes(which: 'fresh' | 'into', work: string): Row {
  return {
    name: `pipe-bytes-${which}`,
    work,
    unit: 'bytes/s',
    size: 1024 * 1024,
    ours: ['pipe-bytes', which],
    python: ['pipe-bytes', which],
    floors: { python: 1 },
  };
}

function poolOfTwo(which: string, work: string, names: readonly string[], floors: Row['floors'], unit: Row['unit'] = 'ops'): Row {
  const nodePools = names.length > 0 ? { which, names } : undefined;
  return { name: `pool-${which}`, work, unit, ours: ['pool', which], python: ['pool', which], nodePools, floors };
}

export const rows: readonly Row[] = [
  strings('Pipe', 'sync'),
  strings('Pipe', 'async'),
  strings('Queue', 'sync'),
  strings('Queue', 'async'),
  megabytes('fresh', 'Pipe: sendBytes of 1 MiB, recvBytes'),
  megabytes('into', 'Pipe: sendBytes of 1 MiB, recvBytesInto'),
  {
    name: 'lock',
    work: 'Lock: uncontended acquireSync and release',
    unit: 'ops',
    ours: ['lock'],
    python: ['lock'],
    floors: { python: 3 },
  },
  poolOfTwo('map', 'Pool: map, chunksize 1', everyPool, { python: 5, nodePools: 4 }),
  poolOfTwo('apply', 'Pool: applyAsync, all outstanding at once', everyPool, { python: 5, nodePools: 4 }),
  poolOfTwo('imap', 'Pool: imap, chunksize 1', everyPool, { python: 5, nodePools: 4 }),
  poolOfTwo('million', 'Pool: map of a million no-ops, default chunks', [], { python: 1 }),
  poolOfTwo('one', 'Pool: one apply at a time', ['piscina (threads)'], { python: 3, nodePools: 1 }, 'seconds per op'),
  {
    name: 'start',
    work: 'Process: start to joined, spawn',
    unit: 'seconds per op',
    ours: ['start'],
    python: ['start'],
    floors: { python: 1 },
  },
  {
    name: 'memory',
    work: 'idle worker beyond a bare Node process (PSS)',
    unit: 'bytes',
    ours: ['memory'],
    floors: {},
    limit: 15e6,
    linuxOnly: true,
  },
  { name: 'import', work: 'import of the package', unit: 'seconds per op', ours: ['import'], floors: {}, limit: 0.03 },
];
