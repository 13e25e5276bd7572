import { deserialize, serialize } from 'node:v8';
import { decode, encode } from '#dist/serialization/codec.js';

/** ns per operation of the codec and of v8.serialize/deserialize: `node .build/bench/micro/codec.js [part of a name] ...`. */

const shapes: Record<string, unknown> = {
  'small number': 42,
  double: 1234.5678,
  'string, 10 ASCII': 'abcdefghij',
  'string, 256 ASCII': 'x'.repeat(256),
  'string, 256 two-byte': 'я'.repeat(256),
  'small object': { id: 12345, name: 'Ada Lovelace', active: true, score: 99.5 },
  'nested object': { id: 1, tags: ['a', 'b', 'c'], at: { x: 1.5, y: -2 }, owner: null },
  '100 records': Array.from({ length: 100 }, (_, i) => ({ id: i, name: `user ${i}`, active: i % 2 === 0 })),
  'array of 4 ints': [1, 2, 3, 400],
  'array of 1000 ints': Array.from({ length: 1000 }, (_, i) => i * 3),
  'array of 1000 doubles': Array.from({ length: 1000 }, (_, i) => i + 0.5),
  'Map of 20': new Map(Array.from({ length: 20 }, (_, i) => [`key ${i}`, i])),
  Date: new Date(0),
  Error: new TypeError('no'),
  'Float64Array of 100': new Float64Array(100),
  'Buffer of 1 KiB': Buffer.alloc(1024),
  'Buffer of 1 MiB': Buffer.alloc(1 << 20),
};

const MILLISECONDS = 30;
const ROUNDS = 9;

/** The best of a few rounds: other work on the machine only ever adds. */
function nanoseconds(operation: () => unknown): number {
  let count = 1;
  let best = Infinity;
  for (let round = 0; round < ROUNDS; ) {
    const start = process.hrtime.bigint();
    for (let i = 0; i < count; i++) operation();
    const elapsed = Number(process.hrtime.bigint() - start);
    if (elapsed < MILLISECONDS * 1e6 && round === 0 && count < 2 ** 24) {
      count *= 2;
      continue;
    }
    best = Math.min(best, elapsed / count);
    round++;
  }
  return best;
}

const row = (cells: string[]) => console.log(cells.map((cell, i) => (i === 0 ? cell.padEnd(24) : cell.padStart(12))).join(''));
row(['ns/op', 'encode', 'v8', 'ratio', 'decode', 'v8', 'ratio', 'bytes', 'v8']);
for (const [name, value] of Object.entries(shapes)) {
  if (process.argv.length > 2 && !process.argv.slice(2).some((part) => name.includes(part))) continue;
  const ours = encode(value).slice();
  const theirs = serialize(value);
  const times = [() => encode(value), () => serialize(value), () => decode(ours), () => deserialize(theirs)].map(nanoseconds);
  const [e, ve, d, vd] = times;
  row([
    name,
    ...[e, ve].map((t) => t.toFixed(0)),
    `${(ve / e).toFixed(1)}x`,
    ...[d, vd].map((t) => t.toFixed(0)),
    `${(vd / d).toFixed(1)}x`,
    String(ours.length),
    String(theirs.length),
  ]);
}
