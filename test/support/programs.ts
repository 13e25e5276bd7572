/** Whole programs as tests see them: started in a temp folder of their own, watched line by line, killed when they hang. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export interface ProgramOptions {
  readonly args?: readonly string[];
  readonly execArgv?: readonly string[];
  readonly env?: Record<string, string | undefined>;
  readonly cwd?: string;
  /** The temp folder of the program, where its session lies. Default: a new one. */
  readonly temp?: string;
  /** How long it may take, in ms. Default: a minute. */
  readonly patience?: number;
}

export interface Outcome {
  readonly stdout: string;
  readonly stderr: string;
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** What a test waits for is there within this time, on the slowest machine; then it fails and says what there was instead. */
const PATIENCE_MS = 60_000;

export class Program {
  readonly process: ChildProcess;
  readonly pid: number;
  readonly temp: string;
  /** Settles when the program has ended and its output is complete. */
  readonly ended: Promise<Outcome>;
  stdout = '';
  stderr = '';
  #hasEnded = false;
  #listeners = new Set<() => void>();

  constructor(command: string, args: readonly string[], options: ProgramOptions = {}) {
    this.temp = options.temp ?? temporaryFolder();
    const env: NodeJS.ProcessEnv = { ...process.env, ...options.env, TMPDIR: this.temp };
    delete env.NODE_TEST_CONTEXT;
    this.process = spawn(command, args, { cwd: options.cwd, env, stdio: ['pipe', 'pipe', 'pipe'] });
    this.pid = this.process.pid!;
    this.process.stdin!.on('error', () => {});
    for (const name of ['stdout', 'stderr'] as const) {
      this.process[name]!.setEncoding('utf8').on('data', (text) => {
        this[name] += text;
        this.#changed();
      });
    }
    const ended = new Promise<Outcome>((resolve) => {
      this.process.on('close', (code, signal) => {
        this.#hasEnded = true;
        resolve({ stdout: this.stdout, stderr: this.stderr, code, signal });
        this.#changed();
      });
    });
    this.ended = withPatience(
      ended,
      () => {
        this.process.kill('SIGKILL');
        return `${command} ${args.join(' ')} does not end.\n${this.#seen()}`;
      },
      options.patience,
    );
    this.ended.catch(() => {});
  }

  /** Settles with the match once standard output has it. */
  async saw(pattern: string | RegExp): Promise<RegExpExecArray> {
    const regExp = typeof pattern === 'string' ? new RegExp(pattern.replace(/[^\w\s]/g, '\\$&')) : pattern;
    return withPatience(
      new Promise<RegExpExecArray>((resolve, reject) => {
        const look = (): void => {
          const match = regExp.exec(this.stdout);
          if (match) resolve(match);
          else if (this.#hasEnded) reject(new Error(`the program ended without printing ${regExp}.\n${this.#seen()}`));
          else return;
          this.#listeners.delete(look);
        };
        this.#listeners.add(look);
        look();
      }),
      () => `the program does not print ${regExp}.\n${this.#seen()}`,
    );
  }

  /** Types at its keyboard. */
  type(text: string): void {
    this.process.stdin!.write(text);
  }

  #changed(): void {
    for (const listener of [...this.#listeners]) listener();
  }

  #seen(): string {
    return `stdout: ${JSON.stringify(this.stdout.slice(-2000))}\nstderr: ${JSON.stringify(this.stderr.slice(-2000))}`;
  }
}

/** Starts `program`, a built file beside the test. */
export function startProgram(program: string, from: ImportMeta, options: ProgramOptions = {}): Program {
  const { execArgv = [], args = [] } = options;
  return new Program(process.execPath, [...execArgv, programPath(program, from), ...args], options);
}

export async function runProgram(program: string, from: ImportMeta, options: ProgramOptions = {}): Promise<Outcome> {
  return startProgram(program, from, options).ended;
}

/** The same on a terminal of its own: standard error goes to standard output, lines end in CR LF, and control characters are keys. */
export function startOnTerminal(program: string, from: ImportMeta, options: ProgramOptions = {}): Program {
  const command = [process.execPath, ...(options.execArgv ?? []), programPath(program, from), ...(options.args ?? [])];
  return new Program(
    'script',
    ['-qefc', `stty cols 80 rows 24; exec ${command.map((word) => `'${word}'`).join(' ')}`, '/dev/null'],
    {
      ...options,
      env: { TERM: 'xterm', SHELL: '/bin/sh', ...options.env },
    },
  );
}

/** Why there are no terminals for tests here, or false. */
export function noTerminals(): string | false {
  const { status, stdout } = spawnSync('script', ['-qefc', 'echo works', '/dev/null'], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  return status === 0 && stdout.includes('works') ? false : 'needs the command script of util-linux';
}

export function programPath(program: string, from: ImportMeta): string {
  return fileURLToPath(new URL(program, from.url));
}

const temporaryFolders: string[] = [];

export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'program-'));
  if (temporaryFolders.length === 0) {
    process.on('exit', () => {
      for (const made of temporaryFolders) rmSync(made, { recursive: true, force: true });
    });
  }
  temporaryFolders.push(folder);
  return folder;
}

/** Session folders in a temp folder. */
export function sessionFolders(temp: string): string[] {
  return readdirSync(temp).filter((name) => name.startsWith('multiproc-'));
}

/** False for zombies too, once the last of their threads is gone and has closed what they had open: they wait for their parent only. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  if (!existsSync('/proc/self/stat')) return true;
  return !/^\d+ \(.*\) [ZX]/s.test(readOrNothing(`/proc/${pid}/stat`)) || threadsOf(pid) > 1;
}

/** Waits until none of these processes runs. */
export async function gone(pids: readonly number[]): Promise<void> {
  await until(
    () => pids.every((pid) => !isRunning(pid)),
    () => `still running: ${pids.filter(isRunning).join(', ')}`,
  );
}

/** Waits for what no event tells of. */
export async function until(condition: () => boolean, problem: () => string): Promise<void> {
  const end = performance.now() + PATIENCE_MS;
  while (!condition()) {
    if (performance.now() > end) throw new Error(problem());
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

function threadsOf(pid: number): number {
  try {
    return readdirSync(`/proc/${pid}/task`).length;
  } catch {
    return 0;
  }
}

function readOrNothing(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '0 () X';
  }
}

async function withPatience<T>(promise: Promise<T>, problem: () => string, patience = PATIENCE_MS): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const impatience = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(problem())), patience);
  });
  try {
    return await Promise.race([promise, impatience]);
  } finally {
    clearTimeout(timer);
  }
}

/** How many descriptors this process has open; 0 where the system does not tell. */
export function openDescriptors(): number {
  return existsSync('/proc/self/fd') ? readdirSync('/proc/self/fd').length : 0;
}
