import type { FieldFault, RecipeObject } from '@computalot/contracts';
import type { SubmissionTarget } from '@computalot/database';

/** A recipe that jobs can be submitted to. */
export interface Recipe {
  readonly shown: RecipeObject;
  /** The project that holds its code. */
  readonly target: SubmissionTarget;
  /** Faults of a payload, with pointers below `at`. */
  readonly faultsOfPayload: (payload: unknown, at: string) => FieldFault[];
}

export interface RecipeLimits {
  /** Seconds that an attempt may take: the default, and the most that can be asked for. */
  readonly timeout_s?: number;
  /** The most tasks of a job. */
  readonly tasks?: number;
}
