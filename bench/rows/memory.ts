// What an idle worker costs beyond a bare Node process: the difference of their proportional set sizes, while both are alive.
// Proportional, because the pages of the node binary are shared by all that run it, however many there are.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { isMain, Pool } from 'multiproc';
import { print } from '../harness/timing.ts';

const SETTLE_MS = 1000;

export function pid(): number {
  return process.pid;
}

function proportionalBytes(process: number): number {
  const [, kilobytes] = /^Pss:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${process}/smaps_rollup`, 'utf8')) ?? [];
  return Number(kilobytes) * 1024;
}

if (isMain(import.meta)) {
  await using pool = new Pool(1);
  const worker = await pool.apply(pid);
  const bare = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1e6); console.log()'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(bare.stdout!, 'data');
  await sleep(SETTLE_MS);
  print({ bytes: proportionalBytes(worker) - proportionalBytes(bare.pid!) });
  bare.kill();
}
