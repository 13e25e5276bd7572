/** C layout, as the ctypes of a real CPython lays it out. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import fc from 'fast-check';
import { array, char, RawValue, raw, struct, wchar } from 'multiproc/sharedctypes';

/** A type for both sides: a typecode, [char|wchar, n], [array, type, n], [struct, types]. */
type Shape = string | ['char' | 'wchar', number] | ['array', Shape, number] | ['struct', Shape[]];

const PYTHON = `
import ctypes, json, sys
codes = dict(b=ctypes.c_byte, B=ctypes.c_ubyte, h=ctypes.c_short, H=ctypes.c_ushort, i=ctypes.c_int, I=ctypes.c_uint,
             l=ctypes.c_long, L=ctypes.c_ulong, q=ctypes.c_longlong, Q=ctypes.c_ulonglong, f=ctypes.c_float, d=ctypes.c_double,
             c=ctypes.c_char, u=ctypes.c_wchar)
codes['?'] = ctypes.c_bool
def make(shape):
    if isinstance(shape, str): return codes[shape]
    kind = shape[0]
    if kind == 'char': return ctypes.c_char * shape[1]
    if kind == 'wchar': return ctypes.c_wchar * shape[1]
    if kind == 'array': return make(shape[1]) * shape[2]
    return type('S', (ctypes.Structure,), {'_fields_': [('f%d' % i, make(s)) for i, s in enumerate(shape[1])]})
job = json.load(sys.stdin)
layouts = []
for shape in job['shapes']:
    T = make(shape)
    layouts.append([ctypes.sizeof(T), ctypes.alignment(T), [[getattr(T, n).offset, getattr(T, n).size] for n, _ in T._fields_]])
S = make(job['shape']).from_buffer_copy(bytes.fromhex(job['bytes']))
values = [S.f0, S.f1, S.f2.decode(), S.f3, [list(row) for row in S.f4], S.f5.f0, S.f5.f1, S.f6]
print(json.dumps(dict(layouts=layouts, values=values)))
`;

function typeOf(shape: Shape): any {
  if (typeof shape === 'string') return shape;
  if (shape[0] === 'char') return char(shape[1]);
  if (shape[0] === 'wchar') return wchar(shape[1]);
  if (shape[0] === 'array') return array(typeOf(shape[1]), shape[2]);
  return struct(Object.fromEntries((shape[1] as Shape[]).map((item, i) => [`f${i}`, typeOf(item)])));
}

const { structure } = fc.letrec<{ shape: Shape; structure: ['struct', Shape[]] }>((tie) => ({
  shape: fc.oneof(
    { maxDepth: 3, depthSize: 'small' },
    fc.constantFrom<Shape[]>('b', 'B', 'h', 'H', 'i', 'I', 'l', 'L', 'q', 'Q', 'f', 'd', '?', 'c', 'u'),
    fc.tuple(fc.constantFrom('char' as const, 'wchar' as const), fc.integer({ min: 1, max: 20 })),
    fc.tuple(fc.constant('array' as const), tie('shape'), fc.integer({ min: 1, max: 5 })),
    tie('structure'),
  ),
  structure: fc.tuple(fc.constant('struct' as const), fc.array(tie('shape'), { minLength: 1, maxLength: 6 })),
}));

test('sizes, alignments, offsets and bytes are those of ctypes', () => {
  const shapes = fc.sample(structure, 300);
  const shape: Shape = [
    'struct',
    ['?', 'q', ['char', 7], 'h', ['array', ['array', 'i', 2], 3], ['struct', ['b', 'd']], ['wchar', 3]],
  ];
  const Struct = typeOf(shape);
  const object = RawValue<any>(Struct, {
    f0: true,
    f1: -5n,
    f2: 'héy',
    f3: -300,
    f4: [
      [1, 2],
      [3, 4],
      [5, 6],
    ],
    f5: { f0: -1, f1: 1.25 },
    f6: 'a€😀',
  });
  const job = { shapes, shape, bytes: raw(object).toString('hex') };
  const { stdout, stderr } = spawnSync('python3', ['-c', PYTHON], { input: JSON.stringify(job), encoding: 'utf8' });
  assert.equal(stderr, '');
  const { layouts, values } = JSON.parse(stdout);
  for (const [i, [size, alignment, fields]] of (layouts as [number, number, unknown][]).entries()) {
    const type = typeOf(shapes[i]);
    assert.deepEqual(
      [type.size, type.alignment, Object.values<any>(type.fields).map((field) => [field.offset, field.size])],
      [size, alignment, fields],
      JSON.stringify(shapes[i]),
    );
  }
  assert.deepEqual(values, [
    true,
    -5,
    'héy',
    -300,
    [
      [1, 2],
      [3, 4],
      [5, 6],
    ],
    -1,
    1.25,
    'a€😀',
  ]);
});
