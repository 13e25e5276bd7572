/** Run from its source, by a loader. */
import { isMain, Process } from 'multiproc';

export class Worker extends Process {
  private readonly word: string;
  constructor(word: string) {
    super();
    this.word = word;
  }

  override async run(): Promise<void> {
    console.log(`${this.word} from ${this.name}`);
  }
}

if (isMain(import.meta)) console.log(await new Worker('hello').start().join());
