import type { PendingReason } from '@computalot/contracts';
import { countJobsAhead, readReadyOffers, type JobRow, type Queryable } from '@computalot/database';
import { explainPending } from '@computalot/placement';

/** Why nothing of an open job runs right now; null while something does, before planning, and after the end. */
export async function explainJob(db: Queryable, job: JobRow): Promise<PendingReason | null> {
  const isWaiting = job.status === 'queued' || (job.status === 'running' && job.running === 0);
  if (!isWaiting || job.cancel_requested_at) return null;
  if (job.leased > 0)
    return { code: 'preparing_runtime', detail: 'Tasks of the job are given to a worker and about to start.' };
  if (job.queued === 0 && job.retrying > 0) {
    return { code: 'retry_backoff', detail: `${job.retrying} tasks wait for the delay before their next attempt.` };
  }
  if (job.queued === 0) return null;
  const active = job.leased + job.running;
  const parallelLeft = job.max_parallel === null ? null : Math.max(0, job.max_parallel - active);
  const reason = explainPending({ requirements: job.requirements, parallelLeft }, await readReadyOffers(db));
  if (reason.code !== 'waiting_for_capacity') return reason;
  const ahead = await countJobsAhead(db, job.id);
  return { code: reason.code, detail: `${reason.detail} Position ${ahead + 1} in the queue.` };
}
