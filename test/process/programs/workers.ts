/** Subclasses of Process, for tests; a program where it says so. */
import { type Connection, currentProcess, Process, type Queue } from 'multiproc';

let made = 0;

/** Tells what it is in the child. */
export class Teller extends Process {
  word: string;
  list: { readonly items: unknown[]; readonly queue: Queue<unknown> };
  made: string = `made ${++made} in ${process.pid}`;
  #secret = 'secret';

  constructor(word: string, queue: Queue<unknown>) {
    super({ name: `Teller of ${word}` });
    this.word = word;
    this.list = { items: [new Map([[1, { a: 1n }]])], queue };
  }

  hasSecret(): boolean {
    return #secret in this;
  }

  get secret(): string {
    return this.#secret;
  }

  override async run(): Promise<string> {
    await new Promise((resolve) => setImmediate(resolve));
    await this.list.queue.put({
      word: this.word,
      items: this.list.items,
      made: this.made,
      hasSecret: this.hasSecret(),
      isCurrent: this === currentProcess(),
      isTeller: this instanceof Teller,
      fields: Object.keys(this),
      text: String(this),
    });
    return 'dropped';
  }
}

/** Overrides nothing. */
export class QuietTeller extends Teller {}

export class LoudTeller extends Teller {
  override async run(): Promise<string> {
    this.word = this.word.toUpperCase();
    return super.run();
  }
}

export function tell(queue: Queue<unknown>, what: unknown): void {
  queue.putSync([what, String(currentProcess()), Object.entries(currentProcess())]);
}

export class WithTarget extends Process {
  extra = 1;
}

/** Has both: run() decides. */
export class Both extends Process {
  queue: Queue<unknown>;
  constructor(queue: Queue<unknown>) {
    super({ target: tell, args: [queue, 'target'] });
    this.queue = queue;
  }

  override run(): void {
    this.queue.putSync('run, before');
    super.run();
    this.queue.putSync('run, after');
  }
}

export class Thrower extends Process {
  override run(): void {
    throw new RangeError(`thrown by ${this.name}`);
  }
}

export class SecretUser extends Process {
  #secret = 1;
  override run(): void {
    console.log(this.#secret);
  }
}

/** A small service: doubles what it is sent. */
export class Doubler extends Process {
  readonly connection: Connection<number | null, number>;
  constructor(connection: Connection<number | null, number>) {
    super();
    this.connection = connection;
  }

  override run(): void {
    for (;;) {
      const number = this.connection.recvSync();
      if (number === null) return;
      this.connection.sendSync(2 * number);
    }
  }
}
