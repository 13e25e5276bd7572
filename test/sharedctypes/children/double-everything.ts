import { join, tell } from '../../support/join.js';

/** Doubles whatever it is given, in place, as CPython's test of sharedctypes does. */
const [x, y, point, doubles, text, words] = join<[any, any, any, any, any, any]>();
x.value *= 2;
y.value *= 2;
point.x *= 2;
point.pos.a *= 2n;
point.tag += point.tag;
for (let i = 0; i < doubles.length; i++) doubles.set(i, doubles.get(i) * 2);
text.value += text.value;
for (let i = 0; i < words.length; i++) words[i] *= 2;
tell({ sameLock: x.getLock() === y.getLock(), held: x.getLock().tryAcquire() });
