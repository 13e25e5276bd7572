// The rows: what is measured, with which programs, and what is asked of it.
import { pools } from '../node-pools/pools.ts';

export interface Row {
  readonly name: string;
  readonly work: string;
  readonly unit: 'ops' | 'bytes/s' | 'seconds per op' | 'bytes' | 'times';
  /** Bytes in one operation, for rows in bytes per second. */
  readonly size?: number;
  /** The module in bench/rows/ and its row argument. */
  readonly ours: readonly [program: string, which?: string];
  readonly python?: readonly [program: string, which?: string];
  /** The row argument for bench/node-pools/program.ts, and who takes part. */
  readonly nodePools?: { readonly which: string; readonly names: readonly string[] };
  /** How many times as fast as the others we must be. */
  readonly floors: { readonly python?: number; readonly nodePools?: number };
  /** For rows without an opponent: what must not be exceeded, in the row's unit. Rows with neither floors nor a limit are for information. */
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

function megabytes(which: 'fresh' | 'into' | 'views', work: string, floor = 1): Row {
  return {
    name: `pipe-bytes-${which}`,
    work,
    unit: 'bytes/s',
    size: 1024 * 1024,
    ours: ['pipe-bytes', which],
    python: ['pipe-bytes', which],
    floors: { python: floor },
  };
}

/** Both of one machine. */
function sockets(which: string, work: string): Row {
  const ours: Row['ours'] = ['sockets', which];
  const bytes = which.includes('bytes') ? { unit: 'bytes/s' as const, size: 1024 * 1024 } : { unit: 'ops' as const };
  return { name: `socket-${which}`, work, ...bytes, ours, python: ours, floors: { python: 1 } };
}

function poolOfTwo(which: string, work: string, names: readonly string[], floors: Row['floors'], unit: Row['unit'] = 'ops'): Row {
  const nodePools = names.length > 0 ? { which, names } : undefined;
  return { name: `pool-${which}`, work, unit, ours: ['pool', which], python: ['pool', which], nodePools, floors };
}

/** What a pool does that the others have no word for. */
function alone(which: string, work: string, unit: Row['unit'], limit?: number): Row {
  return { name: `pool-${which}`, work, unit, ours: ['pool-ends', which], floors: {}, limit };
}

function againstPython(name: string, work: string, program: Row['ours'], floor?: number, unit: Row['unit'] = 'ops'): Row {
  return { name, work, unit, ours: program, python: program, floors: { python: floor } };
}

/** What nobody else wants. */
function free(which: string, work: string, floor?: number): Row {
  return againstPython(which, work, ['free', which], floor);
}

function memory(which: string, work: string, floor?: number): Row {
  return againstPython(which, work, ['shared-memory', which], floor);
}

/** How many times as much it costs to wake one of 100 as one of 1. */
function oneOfMany(which: string, work: string): Row {
  return {
    name: `wake-${which}`,
    work: `${work}, one of 100 against one of 1`,
    unit: 'times',
    ours: ['wake', which],
    floors: {},
    limit: 2,
  };
}

export const rows: readonly Row[] = [
  strings('Pipe', 'sync'),
  strings('Pipe', 'async'),
  strings('Queue', 'sync'),
  strings('Queue', 'async'),
  againstPython('queue-joinable', 'JoinableQueue: the same, sync consumer, each item told done', ['queue-strings', 'joinable']),
  {
    name: 'queue-many',
    work: 'Queue: one producer and consumer against four of each',
    unit: 'times',
    ours: ['queue-many'],
    floors: {},
    limit: 1,
  },
  megabytes('fresh', 'Pipe: sendBytes of 1 MiB, recvBytes'),
  megabytes('into', 'Pipe: sendBytes of 1 MiB, recvBytesInto'),
  megabytes('views', 'Pipe: send of a RawArray of 1 MiB, against send_bytes', 20),
  sockets('tcp-strings-sync', 'Client, Listener: 256-byte strings over TCP, sync consumer'),
  sockets('tcp-strings-async', 'Client, Listener: 256-byte strings over TCP, async consumer'),
  sockets('unix-strings-sync', 'Client, Listener: 256-byte strings over a Unix socket, sync consumer'),
  sockets('unix-strings-async', 'Client, Listener: 256-byte strings over a Unix socket, async consumer'),
  sockets('tcp-bytes-sync', 'Client, Listener: sendBytes of 1 MiB over TCP, sync consumer'),
  sockets('tcp-bytes-async', 'Client, Listener: sendBytes of 1 MiB over TCP, async consumer'),
  sockets('unix-bytes-sync', 'Client, Listener: sendBytes of 1 MiB over a Unix socket, sync consumer'),
  sockets('unix-bytes-async', 'Client, Listener: sendBytes of 1 MiB over a Unix socket, async consumer'),
  free('lock', 'Lock: uncontended acquireSync and release', 3),
  {
    name: 'lock-async',
    work: 'Lock: uncontended await acquire and release',
    unit: 'seconds per op',
    ours: ['free', 'async'],
    floors: {},
    limit: 1e-6,
  },
  againstPython('lock-increments', 'Lock: 8 processes increment one number, none lost', ['contended', 'increments']),
  againstPython(
    'lock-fairness',
    'Lock: 8 processes hammer one, longest wait of any',
    ['contended', 'fairness'],
    undefined,
    'seconds per op',
  ),
  free('rlock', 'RLock: uncontended acquireSync and release', 2),
  free('rlock-nested', 'RLock: the same while it is held'),
  free('semaphore', 'Semaphore: uncontended acquireSync and release'),
  free('event', 'Event: set and clear, nobody waits'),
  againstPython('condition-sync', 'Condition: ping-pong of two processes, blocking', ['condition', 'sync'], 2),
  againstPython('condition-async', 'Condition: ping-pong of two processes, await', ['condition', 'async']),
  againstPython('barrier', 'Barrier: two processes meet, blocking', ['barrier']),
  againstPython('manager-list-read', 'Manager: an item of a list, one await at a time', ['managers', 'read'], 3),
  againstPython('manager-list-read-sync', 'Manager: the same, blocking', ['managers', 'sync']),
  againstPython('manager-pipelined', 'Manager: the same, 100 calls under way', ['managers', 'pipelined']),
  againstPython('manager-queue', 'Manager: an item put into a queue and got out of it', ['managers', 'queue'], 5),
  againstPython('manager-queue-together', 'Manager: the same, get called before put is answered', ['managers', 'together']),
  oneOfMany('latency', 'Semaphore: release to woken'),
  oneOfMany('release', 'Semaphore: what release costs its caller'),
  memory('rawarray-read', "RawArray('d'): a[i] summed", 10),
  memory('rawarray-write', "RawArray('d'): a[i] = x"),
  memory('sharedarray-get', "SharedArray('d'): get(i) summed", 4),
  memory('sharedarray-set', "SharedArray('d'): set(i, x)"),
  memory('value-get', "Value('i'): value summed"),
  memory('value-add', "Value('i'): add(1)"),
  poolOfTwo('map', 'Pool: map, chunksize 1', everyPool, { python: 5, nodePools: 4 }),
  poolOfTwo('apply', 'Pool: applyAsync, all outstanding at once', everyPool, { python: 5, nodePools: 4 }),
  poolOfTwo('imap', 'Pool: imap, chunksize 1', everyPool, { python: 5, nodePools: 4 }),
  poolOfTwo('million', 'Pool: map of a million no-ops, default chunks, the first one', [], { python: 1 }),
  poolOfTwo('again', 'Pool: the same, the third one', [], { python: 1 }),
  poolOfTwo('one', 'Pool: one apply at a time', ['piscina (threads)'], { python: 3, nodePools: 1 }, 'seconds per op'),
  poolOfTwo('one-p50', 'Pool: one apply at a time, median', ['piscina (threads)'], {}, 'seconds per op'),
  poolOfTwo('one-p99', 'Pool: one apply at a time, 99 of 100', ['piscina (threads)'], {}, 'seconds per op'),
  poolOfTwo('map-8', 'Pool of 8: map, chunksize 1', everyPool, { python: 5, nodePools: 4 }),
  poolOfTwo('apply-8', 'Pool of 8: applyAsync, all outstanding at once', everyPool, { python: 5, nodePools: 4 }),
  poolOfTwo('imap-8', 'Pool of 8: imap, chunksize 1', everyPool, { python: 5, nodePools: 4 }),
  poolOfTwo('million-8', 'Pool of 8: map of a million no-ops, default chunks, the first one', [], { python: 1 }),
  poolOfTwo('again-8', 'Pool of 8: the same, the third one', [], { python: 1 }),
  poolOfTwo('one-8', 'Pool of 8: one apply at a time', ['piscina (threads)'], { python: 3, nodePools: 1 }, 'seconds per op'),
  alone('speedup', 'Pool: CPU-bound map, processors divided by its speed-up', 'times', 1 / 0.9),
  alone('rejected', 'Pool: from SIGKILL of a worker to the rejection of its task', 'seconds per op'),
  alone('replaced', 'Pool: from there to the first result of the one that replaces it', 'seconds per op'),
  alone('terminate', 'Pool: terminate and join with 100,000 queued tasks', 'seconds per op', 1),
  {
    name: 'start',
    work: 'Process: start to joined, spawn',
    unit: 'seconds per op',
    ours: ['start', 'spawn'],
    python: ['start', 'spawn'],
    floors: { python: 1 },
  },
  againstPython('start-warm', 'Process: start to joined, warm (CPython: forkserver)', ['start', 'warm'], 1, 'seconds per op'),
  againstPython(
    'start-preload',
    'Process: the same, the module loaded before (`setPreload`)',
    ['start', 'preload'],
    1,
    'seconds per op',
  ),
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
