/**
 * How often something is repeated for the sake of chance: in `npm test` as often as it takes to fail on what the test is for, in a soak test more. Test files that ask
 * are named in repeated.soak.test.ts.
 */
export function repetitions(few: number, inSoak: number): number {
  return process.env.MULTIPROC_SOAK === undefined ? few : inSoak;
}
