/** Functions and arguments as a short text that runs no code of the user's. */
import { inspect } from 'node:util';
import type { TaskFunction } from './jobs.ts';

const MAX_CHARACTERS = 80;

export function briefArguments(args: readonly unknown[]): string {
  const texts: string[] = [];
  let length = 0;
  for (const arg of args) {
    const text = brief(arg);
    texts.push(text);
    length += text.length + 2;
    // Those after it would not be seen.
    if (length > MAX_CHARACTERS) break;
  }
  return `(${shorten(texts.join(', '), MAX_CHARACTERS - 2)})`;
}

export function shorten(text: string, characters: number): string {
  return text.length <= characters ? text : `${text.slice(0, characters - 3)}...`;
}

export function brief(value: unknown): string {
  try {
    const text = inspect(value, {
      depth: 1,
      maxArrayLength: 4,
      maxStringLength: 40,
      breakLength: Infinity,
      compact: true,
      customInspect: false,
      showProxy: true,
    });
    return text.replace(/\s+/g, ' ');
  } catch {
    return `a value of type ${typeof value}`;
  }
}

export function nameOf(fn: TaskFunction): string {
  return typeof fn.name === 'string' && fn.name !== '' ? fn.name : '(no name)';
}
