/** The lines that tasks have noted in a file. */
import { readFileSync } from 'node:fs';

export function linesOf(file: string): string[] {
  try {
    return readFileSync(file, 'utf8').split('\n').slice(0, -1);
  } catch {
    return [];
  }
}
