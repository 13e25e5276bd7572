// One measurement: a program runs in a process group of its own and prints a line of JSON. It may take so long and no longer.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import type { Measurement } from './timing.ts';

const running = new Set<ChildProcess>();

export async function runProgram(command: readonly string[], timeout: number): Promise<Measurement> {
  // A group of its own, so that what a hanging program has started can be killed with it.
  const child = spawn(command[0], command.slice(1), { stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  running.add(child);
  // What a program leaves behind would disturb the next one, and keeps the ends of these pipes.
  child.once('exit', () => killGroup(child));
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    killGroup(child);
  }, timeout);
  try {
    const [[code, signal], stdout, stderr] = await Promise.all([once(child, 'exit'), text(child.stdout!), text(child.stderr!)]);
    if (late) throw new Error(`no result after ${timeout / 1000} s${lastLine(stderr)}`);
    if (code !== 0) throw new Error(`${signal ?? `exit code ${code}`}${lastLine(stderr)}`);
    return parse(stdout, stderr);
  } finally {
    clearTimeout(timer);
    running.delete(child);
  }
}

/** For Ctrl-C: the groups are not the terminal's foreground group, and would live on. */
export function killRunning(): void {
  for (const child of running) killGroup(child);
}

function killGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // Nobody is left in it.
  }
}

function parse(stdout: string, stderr: string): Measurement {
  const line = stdout.trim().split('\n').at(-1)!;
  try {
    return JSON.parse(line) as Measurement;
  } catch {
    throw new Error(`printed no result${lastLine(stderr)}`);
  }
}

/** What an uncaught error says stands, in Node, a few lines above the end, and in Python at the end. */
function lastLine(stderr: string): string {
  const lines = stderr.split('\n').filter((line) => line.trim() !== '');
  const line = lines.find((candidate) => /^(?:\w*Error|[\w.]+Exception)\b/.test(candidate)) ?? lines.at(-1);
  return line === undefined ? '' : `: ${line.trim()}`;
}
