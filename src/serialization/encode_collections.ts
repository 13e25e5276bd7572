import { END, MAP, SET } from './format.ts';
import { MAP_KEY, MAP_VALUE, SET_VALUE } from './paths.ts';
import type { ValueWriter } from './value_writer.ts';

/** Map and Set. What a getter adds while they are written stays out, as in structuredClone. */

const sizeOfMap = Object.getOwnPropertyDescriptor(Map.prototype, 'size')!.get!;
const sizeOfSet = Object.getOwnPropertyDescriptor(Set.prototype, 'size')!.get!;
const eachOfMap = Map.prototype.forEach;
const eachOfSet = Set.prototype.forEach;

export function writeMap(writer: ValueWriter, map: Map<unknown, unknown>): void {
  const size: number = sizeOfMap.call(map);
  let i = 0;
  writer.byte(MAP);
  // forEach of the prototype: a subclass may iterate over something else.
  eachOfMap.call(map, (value, key) => {
    if (i >= size) return;
    writer.at(i++, MAP_KEY);
    writer.value(key);
    writer.at(key, MAP_VALUE);
    writer.value(value);
  });
  writer.byte(END);
}

export function writeSet(writer: ValueWriter, set: Set<unknown>): void {
  const size: number = sizeOfSet.call(set);
  let i = 0;
  writer.byte(SET);
  eachOfSet.call(set, (value) => {
    if (i >= size) return;
    writer.at(i++, SET_VALUE);
    writer.value(value);
  });
  writer.byte(END);
}
