/**
 * Progress bars on standard error, one line each. The terminal is ora's: it draws over what it drew before, and keeps what the program writes meanwhile apart.
 * It is loaded with the first bar. All bars are the text of one spinner: ora has one for each terminal.
 */
import { shorten } from './brief.ts';
import { time } from './duration.ts';
import type { ProgressEvent } from './progress_event.ts';

const REDRAW_MS = 100;
const WIDTH = 20;
const NAME_WIDTH = 20;
/** Columns that are not the bar's: ora's sign, and the last, after which some terminals begin a new line. */
const MARGIN = 3;

/** What draws a new bar with the name of a function; undefined = standard error is no terminal. */
export function newBar(name: string): ((event: ProgressEvent) => void) | undefined {
  const { stderr } = process;
  // One that nobody gave a size has 0 columns; ora 9.4 divides by them, and clears lines for ever.
  if (!stderr.isTTY || !(stderr.columns > 0)) return undefined;
  const bar = { line: '' };
  return (event) => {
    // What does not fit on one line would be drawn over wrongly once the window changes.
    bar.line = shorten(lineOf(shorten(name, NAME_WIDTH), event), Math.max(NAME_WIDTH, stderr.columns - MARGIN));
    if (event.last) finish(bar);
    else draw(bar);
  };
}

interface Bar {
  line: string;
}

interface Spinner {
  text: string;
  start(): unknown;
  stop(): unknown;
}

const bars = new Set<Bar>();
let spinner: Spinner | undefined;
let isLoading = false;
let isSpinning = false;

function draw(bar: Bar): void {
  bars.add(bar);
  if (spinner) show(spinner);
  else if (!isLoading) load();
}

function load(): void {
  isLoading = true;
  import('ora').then(
    ({ default: ora }) => {
      // `stdin` and the cursor are left as they are: to take them, ora would put a handler for Ctrl-C beside the library's own, and a program that is killed would leave no cursor.
      spinner = ora({ stream: process.stderr, discardStdin: false, hideCursor: false, interval: REDRAW_MS });
      if (bars.size > 0) show(spinner);
    },
    // A bundle that took this library along and not its dependencies.
    (error) => process.emitWarning(`no progress bar: ${error}`, { code: 'MULTIPROC_NO_BAR', type: 'MultiprocWarning' }),
  );
}

function show(spinner: Spinner): void {
  spinner.text = textOf(bars);
  if (isSpinning) return;
  isSpinning = true;
  process.on('exit', leave);
  startUnreferenced(spinner);
}

/** ora redraws in an interval, which would keep a program alive that has nothing more to do. */
function startUnreferenced(spinner: Spinner): void {
  const { setInterval } = globalThis;
  globalThis.setInterval = ((...args: Parameters<typeof setInterval>) => setInterval(...args).unref()) as typeof setInterval;
  try {
    spinner.start();
  } finally {
    globalThis.setInterval = setInterval;
  }
}

/** The bar stays as it was last, above those that go on. */
function finish(bar: Bar): void {
  bars.delete(bar);
  if (bars.size > 0 && spinner) spinner.text = textOf(bars);
  else hide();
  process.stderr.write(`${bar.line}\n`);
}

function hide(): void {
  if (!isSpinning) return;
  isSpinning = false;
  process.off('exit', leave);
  spinner?.stop();
}

/** The program ends in the middle: what it writes then, and the next prompt, begin on a line of their own. */
function leave(): void {
  hide();
  for (const { line } of bars) process.stderr.write(`${line}\n`);
  bars.clear();
}

function textOf(bars: Iterable<Bar>): string {
  return Array.from(bars, ({ line }) => line).join('\n  ');
}

function lineOf(name: string, { done, total, failed, elapsed, rate, remaining, tasks, last }: ProgressEvent): string {
  const parts = tasks.reduce((sum, task) => sum + (task.total ? Math.min(1, task.done / task.total) : 0), 0);
  const part = total ? Math.min(1, (done + parts) / total) : 0;
  const filled = Math.floor(part * WIDTH);
  const cells = [name];
  if (total !== undefined)
    cells.push(`${'█'.repeat(filled)}${'░'.repeat(WIDTH - filled)} ${String(Math.floor(part * 100)).padStart(3)}%`);
  cells.push(`${done}/${total ?? '?'}`);
  if (failed > 0) cells.push(`${failed} failed`);
  cells.push(speedOf(last ? (done / Math.max(elapsed, 1)) * 1000 : rate));
  if (last) cells.push(`in ${time(elapsed)}`);
  else if (remaining !== undefined) cells.push(`${time(remaining)} left`);
  return cells.join('  ');
}

function speedOf(rate: number): string {
  if (rate > 0 && rate < 1) return `${time(1000 / rate)} each`;
  return `${rate < 10 ? rate.toFixed(1) : Math.round(rate)}/s`;
}
