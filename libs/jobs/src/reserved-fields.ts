/** Fields of a payload that the platform writes; neither a sweep's parameter nor a benchmark's case may be called so. */
export const PLATFORM_FIELDS: readonly string[] = ['_fan_out', '_batch', '_chunk', '_sweep', '_reduce', '_benchmark'];
