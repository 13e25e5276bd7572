/** Classes and functions of a module that the tests name by URL and never import themselves. */
export class Foreign extends Error {
  override name = 'Foreign';
  detail: string;
  constructor(message: string, detail: string) {
    super(message);
    this.detail = detail;
  }
  shout(): string {
    return `${this.message}!`;
  }
}

export class Point {
  x: number;
  y: number;
  constructor(x: number, y: number) {
    this.x = x;
    this.y = y;
  }
  length(): number {
    return Math.hypot(this.x, this.y);
  }
}

export function throwForeign(x: number): number {
  if (x % 2 === 1) throw new Foreign(`odd ${x}`, 'detail');
  return x;
}

export function point(x: number): Point | number {
  return x % 3 === 0 ? new Point(x, 0) : x;
}
