import type { FanOut, TaskSpec } from '@computalot/contracts';

/** The fields of a submission that the payloads of its tasks depend on; null counts as absent. */
export interface SubmittedSpec {
  readonly payload?: Record<string, unknown> | null;
  /** One shape; the batch size or its alias may stand inside. */
  readonly fan_out?: Record<string, unknown> | null;
  readonly batch_size?: number | null;
  readonly batch_per_task?: number | null;
}

/**
 * The task spec of a submission whose field types have been checked: `batch_size` and its alias may stand beside or inside `fan_out`. `artifactItems`:
 * how many items the artifact has that the fan-out names.
 */
export function taskSpecOf(submission: SubmittedSpec, artifactItems: number): TaskSpec {
  const { batch_size: inner, batch_per_task: innerAlias, ...shape } = submission.fan_out ?? {};
  const batchSize = submission.batch_size ?? submission.batch_per_task ?? inner ?? innerAlias;
  return {
    payload: submission.payload ?? {},
    ...(submission.fan_out ? { fan_out: counted(shape, artifactItems) } : {}),
    ...(batchSize === undefined || batchSize === null ? {} : { batch_size: batchSize as number }),
  };
}

function counted(shape: Record<string, unknown>, item_total: number): FanOut {
  return ('items_artifact' in shape ? { ...shape, item_total } : shape) as FanOut;
}
