// The pools of others behind one face, otherwise as they come.
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { packageRoot } from '../harness/paths.ts';

export interface OtherPool {
  run(x: number): Promise<unknown>;
  /** Where a pool has a form of its own for many items. */
  runAll?(xs: number[]): Promise<unknown>;
}

// Compiled, the workers lie beside this file.
const worker = (name: string): string => fileURLToPath(new URL(`./workers/${name}.js`, import.meta.url));

/** What is no TypeScript is not compiled, and stays among the sources. */
const plainWorker = (name: string): string => join(packageRoot, 'bench', 'node-pools', 'workers', `${name}.cjs`);

/** By the name that the table gives them. Each package is imported only in the process that measures it. */
export const pools: Record<string, (workers: number) => Promise<OtherPool>> = {
  'piscina (threads)': openPiscina,
  'tinypool (threads)': (workers) => openTinypool(workers, 'worker_threads'),
  'tinypool (processes)': (workers) => openTinypool(workers, 'child_process'),
  'workerpool (threads)': (workers) => openWorkerpool(workers, 'thread'),
  'workerpool (processes)': (workers) => openWorkerpool(workers, 'process'),
  'poolifier (threads)': (workers) => openPoolifier(workers, 'FixedThreadPool', worker('poolifier-thread')),
  'poolifier (processes)': (workers) => openPoolifier(workers, 'FixedClusterPool', plainWorker('poolifier-cluster')),
};

async function openPiscina(workers: number): Promise<OtherPool> {
  const { Piscina } = await import('piscina');
  const pool = new Piscina({ filename: worker('default-export'), minThreads: workers, maxThreads: workers });
  return { run: (x) => pool.run(x) };
}

async function openTinypool(workers: number, runtime: 'worker_threads' | 'child_process'): Promise<OtherPool> {
  const { default: Tinypool } = await import('tinypool');
  const pool = new Tinypool({ filename: worker('default-export'), runtime, minThreads: workers, maxThreads: workers });
  return { run: (x) => pool.run(x) };
}

async function openWorkerpool(workers: number, workerType: 'thread' | 'process'): Promise<OtherPool> {
  const { default: workerpool } = await import('workerpool');
  const pool = workerpool.pool(worker('workerpool'), { workerType, minWorkers: workers, maxWorkers: workers });
  return { run: async (x) => pool.exec('noop', [x]) };
}

async function openPoolifier(workers: number, kind: 'FixedThreadPool' | 'FixedClusterPool', file: string): Promise<OtherPool> {
  const poolifier = await import('poolifier');
  const pool = new poolifier[kind]<number, number>(workers, file);
  return { run: (x) => pool.execute(x), runAll: (xs) => pool.mapExecute(xs) };
}
