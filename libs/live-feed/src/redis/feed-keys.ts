export interface FeedKeys {
  /** The stream of one job. */
  job(jobId: string): string;
  /** The stream that wakes one process's blocked reader. */
  wake(processId: string): string;
}

export function feedKeys(prefix: string): FeedKeys {
  return { job: (jobId) => `${prefix}live:${jobId}`, wake: (processId) => `${prefix}live-wake:${processId}` };
}
