/** Tasks that fail, and values that cannot travel. */
import { registerReducer } from 'multiproc';

export class Refusal extends TypeError {
  override name = 'Refusal';
  readonly code: number;
  constructor(code: number, options?: ErrorOptions) {
    super(`refused with ${code}`, options);
    this.code = code;
  }
}

export function refuse(code: number): never {
  throw new Refusal(code, { cause: new RangeError('the cause') });
}

export function deepInside(): never {
  refuse(403);
}

export async function refuseLater(code: number): Promise<never> {
  await null;
  throw new Refusal(code);
}

export function aggregate(): never {
  throw Object.assign(new AggregateError([new SyntaxError('one'), 'two'], 'several'), { own: { x: 1 } });
}

export function throwValue(value: unknown): never {
  throw value;
}

export function throwUnsendable(): never {
  throw Object.assign(new RangeError('with a function'), { callback: () => 1 });
}

export function throwUnsendableValue(): never {
  throw () => 1;
}

export function throwBig(): never {
  throw Object.assign(new Error('x'.repeat(1024 * 1024)), { more: 'y'.repeat(100) });
}

export function oddFails(x: number): number {
  if (x % 2 === 1) throw new RangeError(`odd: ${x}`);
  return x;
}

export async function oddFailsLater(x: number): Promise<number> {
  await null;
  return oddFails(x);
}

export function returnsFunction(): () => number {
  return () => 1;
}

export function unsendableResult(x: number): unknown {
  return x % 2 === 1 ? { deep: [Symbol('nowhere')] } : x;
}

export function throwingGetter(): object {
  return Object.defineProperty({}, 'x', {
    enumerable: true,
    get: () => {
      throw new EvalError('no x today');
    },
  });
}

/** Cannot be rebuilt where it arrives, if it says so. */
export class Brittle {
  readonly value: string;
  constructor(value: string) {
    this.value = value;
  }
}

registerReducer(
  Brittle,
  ({ value }) => [value] as const,
  ([value]) => {
    if (value === 'broken' || (value === 'broken in a worker' && process.env.POOL_TEST_MAIN !== String(process.pid)))
      throw new EvalError(`cannot rebuild ${value}`);
    return new Brittle(value);
  },
);

export function brittle(x: number): Brittle | number {
  return x % 3 === 1 ? new Brittle('broken') : x;
}

export function valueOf(item: Brittle | number): string | number {
  return item instanceof Brittle ? item.value : item;
}

export async function failOrSleep(ms: number): Promise<void> {
  if (ms === 0) throwBig();
  await new Promise((resolve) => setTimeout(resolve, ms));
}
