/**
 * How often something is repeated for the sake of chance: in `npm test` as often as it takes to fail on what the test is for, in a soak test more:
 * one that imports the test.
 */
export function repetitions(few: number, inSoak: number): number {
  return process.env.MULTIPROC_SOAK === undefined ? few : inSoak;
}
