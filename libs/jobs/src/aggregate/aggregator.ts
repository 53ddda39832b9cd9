/** How task `index` ended for good. `unreadable`: it completed, but its result cannot be used. */
export type TaskOutcome =
  | { readonly index: number; readonly status: 'completed'; readonly result: unknown }
  | { readonly index: number; readonly status: 'failed'; readonly reason: string }
  | { readonly index: number; readonly status: 'unreadable'; readonly reason: string };

/** What users see: the aggregate, and its parts worth a name of their own. */
export interface Aggregate {
  readonly result: object;
  readonly aliases: Readonly<Record<string, unknown>>;
}

/** Makes one aggregate of the results of a job. Takes in each task once, in any order; cancelled tasks are no part of it. */
export interface Aggregator {
  add(outcome: TaskOutcome): void;
  /** All that is known so far, as plain JSON: an aggregator of the same job goes on from it. */
  progress(): object;
  aggregate(): Aggregate;
}
