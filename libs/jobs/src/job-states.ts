/**
 * The legal transitions of a job. While its tasks are counted its status is `jobStatusOf` of them; `planning`, and endings without any
 * task (planning or a dependency failed, cancelled before planning), are set by whoever decides them.
 *
 * `running` → `queued`: every task that had started was handed back, nothing of the job runs or has ended.
 */
export const jobTransitions = {
  planning: ['queued', 'failed', 'cancelled'],
  queued: ['running', 'completed', 'partial', 'failed', 'cancelled'],
  running: ['queued', 'completed', 'partial', 'failed', 'cancelled'],
  completed: [],
  partial: [],
  failed: [],
  cancelled: [],
} as const satisfies Record<string, readonly string[]>;

export type JobStatus = keyof typeof jobTransitions;

/**
 * How a retry, and nothing else, opens an ended job again: for its failed tasks, or for a new plan when it failed before it had any. What is
 * terminal stays so by itself.
 */
export const jobReopenings: Readonly<Partial<Record<JobStatus, readonly JobStatus[]>>> = {
  partial: ['queued'],
  failed: ['queued', 'planning'],
  cancelled: ['queued'],
};

export const jobStatuses = Object.keys(jobTransitions) as JobStatus[];
export const terminalJobStatuses = jobStatuses.filter((status) => jobTransitions[status].length === 0);
export const openJobStatuses = jobStatuses.filter((status) => jobTransitions[status].length > 0);

export function isTerminalJobStatus(status: JobStatus): boolean {
  return terminalJobStatuses.includes(status);
}

export function canJobTransition(from: JobStatus, to: JobStatus): boolean {
  return (jobTransitions[from] as readonly JobStatus[]).includes(to);
}
