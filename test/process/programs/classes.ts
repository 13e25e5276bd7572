/** A class with a static method. */
export class Printer {
  static prefix = '> ';
  static print(word: string): void {
    console.log(Printer.prefix + word);
  }
}
