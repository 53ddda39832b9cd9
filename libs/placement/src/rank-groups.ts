import type { Group } from './types.js';

type Ranked = Pick<Group, 'jobId' | 'priority' | 'createdAt'>;

/** Order of groups within an account: priority, then age; the job id settles what is left, so that every round decides alike. */
export function byPriorityThenAge(a: Ranked, b: Ranked): number {
  return b.priority - a.priority || a.createdAt - b.createdAt || (a.jobId < b.jobId ? -1 : a.jobId > b.jobId ? 1 : 0);
}
