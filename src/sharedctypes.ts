// What `import ... from 'multiproc/sharedctypes'` gives. Re-exports only.

// Types
export { array } from './sharedctypes/arrays.ts';
export { copy, raw, synchronized } from './sharedctypes/copy.ts';
export { RawArray, RawValue } from './sharedctypes/raw.ts';
export { SharedArray } from './sharedctypes/shared_array.ts';
export { struct } from './sharedctypes/struct.ts';
export type { LockOption } from './sharedctypes/synchronized.ts';
export { char, wchar } from './sharedctypes/texts.ts';
export type {
  ArrayType,
  CharArray,
  CharType,
  CType,
  FieldLayout,
  FixedArray,
  Initial,
  JsValue,
  NativeArray,
  NativeValue,
  RawCell,
  RawItems,
  SizeOrInit,
  StructType,
  WcharArray,
  WcharType,
} from './sharedctypes/type_names.ts';
export { type AtomicOperations, Value } from './sharedctypes/value.ts';
