/** What a pool's parent keeps in memory, in programs of their own: for a short test and a long one. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { program } from './support.js';

/** Peak resident memory in MiB, after `n` tasks. */
async function peak(how: string, n: number): Promise<number> {
  const { code, stdout, stderr } = await program('memory', [how, String(n)], [], {}, 1_200_000).ended;
  assert.deepEqual([code, stderr], [0, '']);
  return Number(stdout);
}

/** `limit` in MiB. */
export function mapStaysBelow(limit: number, n: number, chunksizes: readonly string[]): void {
  for (const chunksize of chunksizes) {
    test(`a map over ${n} numbers, chunk size ${chunksize}, keeps the parent under ${limit} MiB`, async () => {
      const memory = await peak(`map-${chunksize}`, n);
      assert.ok(memory < limit, `${memory} MiB`);
    });
  }
}

/** `more` in MiB: the engine's own heap grows for a while. */
export function streamsStayFlat(n: number, more: number, kinds: readonly string[]): void {
  for (const how of kinds) {
    test(`${how} over ${n} numbers keeps it flat`, async () => {
      const memory = [await peak(how, n / 4), await peak(how, n)];
      assert.ok(memory[1] - memory[0] < more, `${memory.join(' and ')} MiB`);
    });
  }
}
