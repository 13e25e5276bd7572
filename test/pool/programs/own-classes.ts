/** Classes of the program itself come back while its top level awaits them: two in one result, and an error. */
import { isMain, Pool } from 'multiproc';

export class Point {
  readonly x: number;
  constructor(x: number) {
    this.x = x;
  }
}

export class Circle {
  readonly center: Point;
  constructor(center: Point) {
    this.center = center;
  }
}

export class NoCircle extends Error {}

export function circleAt(x: number): Circle {
  if (x < 0) throw new NoCircle(`nothing at ${x}`);
  return new Circle(new Point(x));
}

if (isMain(import.meta)) {
  const pool = new Pool(1);
  const circle = await pool.apply(circleAt, [3]);
  console.log(circle instanceof Circle, circle.center instanceof Point, circle.center.x);
  const failures = await Promise.allSettled([pool.apply(circleAt, [-1]), pool.map(circleAt, [-2, 1])]);
  for (const failure of failures) console.log(failure.status === 'rejected' && failure.reason instanceof NoCircle);
  const first = await pool.imap(circleAt, [7]).next();
  console.log(first.value instanceof Circle);
  await pool.terminate();
}
