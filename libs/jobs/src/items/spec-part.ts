import { sharedPart } from '../shared/index.js';

/**
 * A part of a spec as JSON text: the items from `start` of `total`, each as the text it was sent as, and what else their tasks' payloads are derived
 * from. `taskPayload` takes it for the tasks that these items belong to.
 */
export function specPartText(
  items: readonly string[],
  {
    start,
    total,
    batchSize,
    payload,
  }: {
    readonly start: number;
    readonly total: number;
    readonly batchSize: number | undefined;
    readonly payload: Readonly<Record<string, unknown>>;
  },
): string {
  const batch = batchSize === undefined ? '' : `"batch_size":${batchSize},`;
  return `{"payload":${JSON.stringify(sharedPart(payload))},${batch}"fan_out":{"items":[${items.join(',')}],"part":{"start":${start},"total":${total}}}}`;
}

/** Which part has task `index`, where each has `tasks`. */
export const specPartOf = (index: number, tasks: number): number => Math.floor(index / tasks);
