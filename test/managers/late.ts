/** A class that a test gets an instance of before it has imported this. */
export class Late {
  readonly isLate = true;
}
