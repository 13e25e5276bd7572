/** What the tests of this folder run in other processes. */
import { Client, type Connection } from 'multiproc/connection';

export const SIZE = 1024 * 1024;
export const FORMS = ['bytes', 'a Buffer', 'a Float64Array'] as const;
export type Form = (typeof FORMS)[number];

export async function sendThere(way: string | Connection<any, any>, form: Form, count: number): Promise<void> {
  const conn = typeof way === 'string' ? await Client<any>(way) : way;
  const value = form === 'a Float64Array' ? new Float64Array(SIZE / 8).fill(1) : Buffer.alloc(SIZE, 1);
  for (let i = 0; i < count; i++) form === 'bytes' ? conn.sendBytesSync(value) : conn.sendSync(value);
}
