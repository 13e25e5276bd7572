import { inspect } from 'node:util';

/** What was thrown may be anything, also what throws when it is shown. */
export function thrownText(error: unknown): string {
  try {
    return inspect(error);
  } catch {
    return `a thrown ${typeof error} that cannot be shown`;
  }
}
