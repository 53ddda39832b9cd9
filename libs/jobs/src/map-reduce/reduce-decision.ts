/** How the map stands; what has not ended is in neither count of ended tasks. */
export interface MapCounts {
  readonly total: number;
  readonly completed: number;
  /** Failed for good or cancelled. */
  readonly failed: number;
}

export type ReduceDecision =
  | { readonly decision: 'wait' }
  | { readonly decision: 'reduce' }
  | { readonly decision: 'fail'; readonly detail: string };

/** What follows when a map task has ended. Nothing to reduce is a failure even where `minSuccess` is 0. */
export function decideReduce({ total, completed, failed }: MapCounts, minSuccess: number): ReduceDecision {
  if (completed + failed < total) return { decision: 'wait' };
  if (completed > 0 && completed / total >= minSuccess) return { decision: 'reduce' };
  const detail = `${completed} of ${total} map tasks completed; min_success asks for ${minSuccess}${completed === 0 ? ' and at least one' : ''}.`;
  return { decision: 'fail', detail };
}
