/** Waiting for spares of this process, which no event tells of. */
import { session } from '#dist/memory/session.js';
import { sparePids } from '#dist/process/spares.js';
import { until } from './programs.js';

/** The pids of the ready ones, once there are `count`, and nobody boots. */
export async function readySpares(count = 1): Promise<number[]> {
  const { participants } = session();
  const all = (): number[] => [...participants.listed()].filter((owner) => participants.parent(owner) === participants.self);
  const areReady = (): boolean =>
    all()
      .filter((owner) => participants.isSpare(owner))
      .every((owner) => participants.isReady(owner));
  await until(
    () => sparePids().length >= count && areReady(),
    () => `${sparePids().length} spares, ready: ${areReady()}`,
  );
  return sparePids();
}
