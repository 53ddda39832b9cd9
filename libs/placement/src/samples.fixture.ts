import type { Assignment, Group, WorkerView } from './types.js';

/** Small groups and workers that the specs vary. */
export const group = (jobId: string, more: Partial<Group> = {}): Group => ({
  jobId,
  accountId: 'acme',
  priority: 0,
  createdAt: 0,
  requirements: { cpu: 1 },
  queued: 10,
  parallelLeft: null,
  meanRuntimeMs: null,
  ...more,
});
export const worker = (workerId: string, offers: WorkerView['offers'], held: WorkerView['held'] = []): WorkerView => ({
  workerId,
  offers,
  held,
});
export const nobody = new Map<string, number>();
export const noBacklog = { maxBacklog: 0 };

export const total = (assignments: readonly Assignment[], only: Partial<Assignment> = {}) =>
  assignments
    .filter(({ jobId, workerId }) => jobId === (only.jobId ?? jobId) && workerId === (only.workerId ?? workerId))
    .reduce((sum, { count }) => sum + count, 0);
