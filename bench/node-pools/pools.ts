// The pools of others behind one face, each with two workers and otherwise as it comes.
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { packageRoot } from '../harness/paths.ts';

export interface OtherPool {
  run(x: number): Promise<unknown>;
  /** Where a pool has a form of its own for many items. */
  runAll?(xs: number[]): Promise<unknown>;
}

const WORKERS = 2;

// Compiled, the workers lie beside this file.
const worker = (name: string): string => fileURLToPath(new URL(`./workers/${name}.js`, import.meta.url));

/** What is no TypeScript is not compiled, and stays among the sources. */
const plainWorker = (name: string): string => join(packageRoot, 'bench', 'node-pools', 'workers', `${name}.cjs`);

/** By the name that the table gives them. Each package is imported only in the process that measures it. */
export const pools: Record<string, () => Promise<OtherPool>> = {
  'piscina (threads)': openPiscina,
  'tinypool (threads)': () => openTinypool('worker_threads'),
  'tinypool (processes)': () => openTinypool('child_process'),
  'workerpool (threads)': () => openWorkerpool('thread'),
  'workerpool (processes)': () => openWorkerpool('process'),
  'poolifier (threads)': () => openPoolifier('FixedThreadPool', worker('poolifier-thread')),
  'poolifier (processes)': () => openPoolifier('FixedClusterPool', plainWorker('poolifier-cluster')),
};

async function openPiscina(): Promise<OtherPool> {
  const { Piscina } = await import('piscina');
  const pool = new Piscina({ filename: worker('default-export'), minThreads: WORKERS, maxThreads: WORKERS });
  return { run: (x) => pool.run(x) };
}

async function openTinypool(runtime: 'worker_threads' | 'child_process'): Promise<OtherPool> {
  const { default: Tinypool } = await import('tinypool');
  const pool = new Tinypool({ filename: worker('default-export'), runtime, minThreads: WORKERS, maxThreads: WORKERS });
  return { run: (x) => pool.run(x) };
}

async function openWorkerpool(workerType: 'thread' | 'process'): Promise<OtherPool> {
  const { default: workerpool } = await import('workerpool');
  const pool = workerpool.pool(worker('workerpool'), { workerType, minWorkers: WORKERS, maxWorkers: WORKERS });
  return { run: async (x) => pool.exec('noop', [x]) };
}

async function openPoolifier(kind: 'FixedThreadPool' | 'FixedClusterPool', file: string): Promise<OtherPool> {
  const poolifier = await import('poolifier');
  const pool = new poolifier[kind]<number, number>(WORKERS, file);
  return { run: (x) => pool.execute(x), runAll: (xs) => pool.mapExecute(xs) };
}
