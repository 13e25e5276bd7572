/** What the tests of this folder run in other processes. */
import { setTimeout } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Client, type Connection } from 'multiproc/connection';
import { freshBytes } from '#dist/platform/fresh_bytes.js';

export const SIZE = 1024 * 1024;
export const FORMS = ['bytes', 'a Buffer', 'a Float64Array'] as const;
export type Form = (typeof FORMS)[number];

export async function sendThere(way: string | Connection<any, any>, form: Form, count: number): Promise<void> {
  const conn = typeof way === 'string' ? await Client<any>(way) : way;
  const value = form === 'a Float64Array' ? new Float64Array(SIZE / 8).fill(1) : Buffer.alloc(SIZE, 1);
  for (let i = 0; i < count; i++) form === 'bytes' ? conn.sendBytesSync(value) : conn.sendSync(value);
}

/** Has many large contents at once and keeps the last one; says when no more of the others' memory is left. */
export async function keepLast(conn: Connection<any, any>, count: number, most: number): Promise<void> {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const came = Array.from({ length: count }, () => freshBytes(SIZE).fill(1));
  const last = came.at(-1)!;
  came.length = 0;
  for (; process.memoryUsage.rss() > most; await setTimeout(100)) collect();
  conn.sendSync(last.length);
}
