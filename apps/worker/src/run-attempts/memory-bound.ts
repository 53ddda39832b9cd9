import type { Resources } from '@computalot/contracts';

/** Bytes that a task may use: what it asked for, else all that the worker offers; null when that is unknown. Pure. */
export function memoryBoundOf(requirements: Resources, offers: Resources): number | null {
  const gigabytes = requirements.memory_gb || offers.memory_gb;
  return gigabytes ? Math.round(gigabytes * 1e9) : null;
}
