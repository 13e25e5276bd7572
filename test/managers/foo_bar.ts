/** The classes of CPython's test of a customised manager. */
import { BaseManager } from 'multiproc/managers';

export class FooBar {
  f(): string {
    return 'f()';
  }
  g(): never {
    throw new RangeError('g()');
  }
  _h(): string {
    return '_h()';
  }
}

export function* baz(): Generator<number> {
  for (let i = 0; i < 10; i++) yield i * i;
}

export class MyManager extends BaseManager.define({
  Foo: FooBar,
  Bar: { callable: FooBar, exposed: ['f', '_h'] },
  // A generator as the object itself: its proxy has the methods of one.
  baz: { callable: baz, exposed: ['next', 'return', 'throw'] },
}) {}
