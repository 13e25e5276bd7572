/** Pairs of connections, and programs in Python at the other side. */
import { spawn, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { type Address, Client, type Connection, Listener, type ListenerOptions } from 'multiproc/connection';
import { within } from '../support/within.js';

export type Any = Connection<any, any>;
export const FAMILIES = ['AF_INET', 'AF_UNIX'] as const;

/** Two that are connected: [the client's, the one that was accepted]. */
export async function pair(family: (typeof FAMILIES)[number], options: ListenerOptions = {}): Promise<[Any, Any]> {
  using listener = new Listener<any>({ family, ...options });
  await listener.listen();
  const { address: _, handshakeTimeout: __, backlog: ___, ...common } = options;
  return await within(Promise.all([Client<any>(listener.address!, common), listener.accept()]), 'a connection');
}

const missing = spawnSync('python3', ['-c', 'import multiprocessing.connection']).status !== 0;
export const noPython: string | false = missing && 'needs python3';

export interface Python {
  /** The next line that it prints. */
  line(): Promise<string>;
  /** Its other lines, when it has ended without an error. */
  ended(): Promise<string[]>;
}

/** Runs a script of Python's beside the tests. */
export function python(script: string, ...args: string[]): Python {
  const file = fileURLToPath(new URL(`../../../test/net/programs/${script}`, import.meta.url));
  const child = spawn('python3', ['-B', '-u', file, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  const lines: string[] = [];
  let text = '';
  let errors = '';
  let tell = (): void => {};
  child.stderr.setEncoding('utf8').on('data', (data) => (errors += data));
  child.stdout.setEncoding('utf8').on('data', (data) => {
    const parts = (text + data).split('\n');
    text = parts.pop()!;
    lines.push(...parts);
    tell();
  });
  const exit = new Promise<number | null>((resolve) => child.on('close', resolve));
  exit.then(() => tell());
  return {
    async line() {
      while (lines.length === 0) {
        const more = new Promise<void>((resolve) => (tell = resolve));
        const isOver = await within(Promise.race([more.then(() => false), exit.then(() => true)]), `a line of ${script}`);
        if (isOver && lines.length === 0) throw new Error(`${script} ended: ${errors}`);
      }
      return lines.shift()!;
    },
    async ended() {
      const code = await within(exit, `the end of ${script}`);
      if (code !== 0) throw new Error(`${script} ended with ${code}: ${errors}`);
      return lines;
    },
  };
}

/** An address as a script of Python's takes it. */
export function written(address: Address): string {
  return JSON.stringify(address);
}
