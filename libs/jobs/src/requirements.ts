import type { Resources } from '@computalot/contracts';

/** Profiles that always exist; an operator may define more, or other defaults for these. */
export const builtinProfiles = {
  cpu: { cpu: 1 },
  gpu: { cpu: 1, gpu: 1 },
} as const satisfies Record<string, Resources>;

/**
 * What a task asks for: the profile's minimums, overridden field by field; labels are merged by name.
 * A minimum of memory per GPU means at least one GPU.
 */
export function resolveRequirements(profileDefaults: Resources, requirements: Resources = {}): Resources {
  const resolved: Resources = { ...profileDefaults, ...requirements };
  if (profileDefaults.labels || requirements.labels) {
    resolved.labels = { ...profileDefaults.labels, ...requirements.labels };
  }
  if ((resolved.gpu_memory_gb ?? 0) > 0 && resolved.gpu === undefined) resolved.gpu = 1;
  return resolved;
}
