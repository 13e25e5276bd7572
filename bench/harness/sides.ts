// Who takes part in a row, and the command that measures each.
import { join } from 'node:path';
import type { Python } from './machine.ts';
import { compiled, packageRoot } from './paths.ts';
import type { Row } from './rows.ts';

export interface Side {
  readonly kind: 'ours' | 'python' | 'nodePool';
  readonly name: string;
  readonly command: readonly string[];
}

export function sidesOf(row: Row, python: Python | null, seconds: number): Side[] {
  const node = (program: string, ...args: string[]): string[] => [process.execPath, join(compiled, program), ...args];
  const [program, which = '-'] = row.ours;
  const sides: Side[] = [
    { kind: 'ours', name: 'multiproc', command: node(join('rows', `${program}.js`), which, String(seconds)) },
  ];
  if (row.python && python) {
    const [script, argument = '-'] = row.python;
    const file = join(packageRoot, 'bench', 'python', `${script.replaceAll('-', '_')}.py`);
    // -B: no __pycache__ in the sources.
    sides.push({ kind: 'python', name: python.name, command: [python.path, '-B', file, argument, String(seconds)] });
  }
  for (const name of row.nodePools?.names ?? [])
    sides.push({
      kind: 'nodePool',
      name,
      command: node(join('node-pools', 'program.js'), row.nodePools!.which, String(seconds), name),
    });
  return sides;
}
