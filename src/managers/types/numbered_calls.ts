/** Calls of `runExclusive` of this thread, as its managers know them. */
import { type Call, enclosing, newCall } from '../../sync/calls.ts';
import type { CallPlace } from './owner.ts';

const numbers = new WeakMap<Call, number>();
let last = 0;

export interface NumberedCall {
  readonly call: Call;
  readonly number: number;
}

export function newNumberedCall(): NumberedCall {
  const call = newCall();
  numbers.set(call, ++last);
  return { call, number: last };
}

/** What a manager is told of the code that runs. Undefined = nothing. */
export function callPlace(): CallPlace | undefined {
  const inside: number[] = [];
  for (const call of enclosing()) {
    const number = call.isOver ? undefined : numbers.get(call);
    if (number !== undefined) inside.push(number);
  }
  return inside.length > 0 ? { inside } : undefined;
}
