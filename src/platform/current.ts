/** The one place that knows which system this is. */
import { PlatformError } from '../base/errors.ts';
import { darwin } from './darwin.ts';
import type { Platform } from './interface.ts';
import { linux } from './linux.ts';

const systems: Partial<Record<NodeJS.Platform, () => Platform>> = { linux, darwin };
let chosen: Platform | undefined;

/** The platform, loaded at the first call. Throws PlatformError on a system that is not supported. */
export function platform(): Platform {
  if (chosen) return chosen;
  const make = systems[process.platform];
  if (!make) {
    throw new PlatformError(
      `multiproc runs on ${Object.keys(systems).join(' and ')}; this is ${process.platform}. Use worker_threads there, or WSL on Windows`,
    );
  }
  chosen = make();
  return chosen;
}
