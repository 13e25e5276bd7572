// The worker of piscina and of tinypool.
export default function noop(x: number): number {
  return x;
}
