/** What `synchronized` returns, from what it is given. Nothing here exists at run time. */
import type { SharedArray } from './shared_array.ts';
import type { ArrayOfCode, CType, RawCell, RawItems, StructType } from './type_names.ts';
import type { Value } from './value.ts';

type ArrayCode = 'c' | 'u' | 'b' | 'B' | 'h' | 'H' | 'i' | 'I' | 'q' | 'Q' | 'f' | 'd';
type CodeOfArray<O> = { [C in ArrayCode]: O extends ArrayOfCode[C] ? C : never }[ArrayCode];

export type Synchronizes<O> = [CodeOfArray<O>] extends [never]
  ? O extends RawItems<infer V>
    ? SharedArray<StructType<V>>
    : O extends RawCell<infer T extends CType>
      ? Value<T>
      : Value<StructType<O>>
  : 'c' extends CodeOfArray<O>
    ? SharedArray<'c'>
    : SharedArray<CodeOfArray<O>>;
