import type { FanOut, TaskSpec } from '@computalot/contracts';

/** The fields of a submission that the payloads of its tasks depend on; null counts as absent. */
export interface SubmittedSpec {
  readonly payload?: Record<string, unknown> | null;
  /** One shape; the batch size or its alias may stand inside. */
  readonly fan_out?: Record<string, unknown> | null;
  readonly batch_size?: number | null;
  readonly batch_per_task?: number | null;
}

/** The task spec of a submission whose field types have been checked: `batch_size` and its alias may stand beside or inside `fan_out`. */
export function taskSpecOf(submission: SubmittedSpec): TaskSpec {
  const { batch_size: inner, batch_per_task: innerAlias, ...shape } = submission.fan_out ?? {};
  const batchSize = submission.batch_size ?? submission.batch_per_task ?? inner ?? innerAlias;
  return {
    payload: submission.payload ?? {},
    ...(submission.fan_out ? { fan_out: shape as FanOut } : {}),
    ...(batchSize === undefined || batchSize === null ? {} : { batch_size: batchSize as number }),
  };
}
