// A progress bar on a terminal; nothing at all where stderr is a file or a pipe.
import ora from 'ora';

const WIDTH = 30;
const REDRAW_MS = 50;

// A pseudo-terminal that nobody gave a size has 0 columns; ora 9.4 divides by them, and clears lines for ever.
const drawn = process.stderr.isTTY === true && process.stderr.columns > 0;

// `stdin` and the cursor are left as they are: to take them, ora would put a handler for Ctrl-C beside the library's own.
const spinner = ora({ stream: process.stderr, discardStdin: false, hideCursor: false, isEnabled: drawn, isSilent: !drawn });

/** One step of the job, with a known amount of work. */
export class ProgressBar {
  readonly #label: string;
  readonly #total: number;
  #done = 0;
  #drawn = 0;

  constructor(label: string, total: number) {
    this.#label = label;
    this.#total = total;
    spinner.start(this.#text());
  }

  advance(amount: number): void {
    this.#done += amount;
    const now = performance.now();
    if (now - this.#drawn < REDRAW_MS) return;
    this.#drawn = now;
    spinner.text = this.#text();
  }

  [Symbol.dispose](): void {
    spinner.stop();
  }

  #text(): string {
    const part = this.#total === 0 ? 1 : Math.min(1, this.#done / this.#total);
    const filled = Math.round(part * WIDTH);
    const percent = `${Math.floor(part * 100)}%`.padStart(4);
    return `${this.#label.padEnd(14)} ${'█'.repeat(filled)}${'░'.repeat(WIDTH - filled)}${percent}`;
  }
}
