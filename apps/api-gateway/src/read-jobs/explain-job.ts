import { WORKER_TTL_MS, type PendingReason } from '@computalot/contracts';
import {
  readJobsAhead,
  readNextRetry,
  readReachedRunningQuota,
  readReadyOffers,
  readWaitedFor,
  type JobRow,
  type Queryable,
} from '@computalot/database';
import { explainPending, positionBehind } from '@computalot/placement';
import { explainDependencies, NAMED } from './explain-dependencies.js';

/**
 * Why tasks of an open job wait although none of it runs, or although its max_parallel alone keeps them from running beside the others; null in every
 * other case, before planning, and after the end.
 */
export async function explainJob(db: Queryable, job: JobRow): Promise<PendingReason | null> {
  const isOpen = job.status === 'queued' || job.status === 'running';
  if (!isOpen || job.cancel_requested_at) return null;
  if (job.status === 'queued' && job.task_total === 0)
    return explainDependencies(await readWaitedFor(db, job.id, NAMED));
  const active = job.leased + job.running;
  const parallelLeft = job.max_parallel === null ? null : Math.max(0, job.max_parallel - active);
  if (job.running > 0) return job.queued > 0 && parallelLeft === 0 ? heldBack(job) : null;
  if (job.leased > 0)
    return {
      code: 'preparing_runtime',
      detail: `${job.leased} ${tasks(job.leased)} given to a worker, which prepares what they need and starts them as it has room.`,
    };
  if (job.queued === 0) return job.retrying > 0 ? betweenAttempts(db, job) : null;
  const workers = await readReadyOffers(db, WORKER_TTL_MS / 1_000);
  const reason = explainPending({ requirements: job.requirements, parallelLeft }, workers);
  if (reason.code !== 'waiting_for_capacity') return reason;
  const quota = await readReachedRunningQuota(db, job.id);
  if (quota !== null)
    return { code: reason.code, detail: `As many tasks of the account run as its quota (${quota}) allows at once.` };
  const position = positionBehind(await readJobsAhead(db, job.id), workers);
  return { code: reason.code, detail: `${reason.detail} Position ${position} in the queue.` };
}

const tasks = (count: number) => (count === 1 ? 'task is' : 'tasks are');

function heldBack({ max_parallel, queued }: JobRow): PendingReason {
  const wait = queued === 1 ? '1 task waits' : `${queued} tasks wait`;
  return { code: 'max_parallel', detail: `${wait}: as many run as max_parallel (${max_parallel}) allows at once.` };
}

async function betweenAttempts(db: Queryable, { id, retrying }: JobRow): Promise<PendingReason> {
  const next = await readNextRetry(db, id);
  const when = next
    ? `, which may start at ${next.toISOString()}${retrying === 1 ? '' : ' for the first of them'}`
    : '';
  const who = retrying === 1 ? '1 task waits' : `${retrying} tasks wait`;
  return { code: 'retry_backoff', detail: `${who} for the next attempt${when}.` };
}
