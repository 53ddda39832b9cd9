import { TERMINAL_JOB_STATUSES } from '@computalot/contracts';
import {
  DATABASE,
  readJobWithSubmission,
  reopenJobIfTasksFailed,
  replanJobIfUnplanned,
  underQuotas,
  type Database,
  type JobWithSubmission,
} from '@computalot/database';
import { encodeId } from '@computalot/kernel';
import { OUTBOX_RELAY, type OutboxRelay } from '@computalot/messaging';
import { Inject, Injectable } from '@nestjs/common';
import { Refusal } from '../problems/refusal.js';
import { refusingOverrun } from '../submit-job/refused-admission.js';

/** Opens ended jobs again for what failed of them. */
@Injectable()
export class RetryJob {
  constructor(
    @Inject(DATABASE) private readonly database: Database,
    @Inject(OUTBOX_RELAY) private readonly relay: Pick<OutboxRelay, 'wake'>,
  ) {}

  /**
   * The job as it stands after that. @throws Refusal when it is open, nothing of it failed, or a quota is reached
   *
   * @param begunAt when the same request was begun before and not answered: what it opened is not opened again
   */
  async retry(accountId: string, jobId: string, begunAt: Date | null): Promise<JobWithSubmission> {
    const opened = begunAt && (await this.openedSince(accountId, jobId, begunAt));
    if (opened) return opened;
    const isOpened = await refusingOverrun(() =>
      underQuotas(
        this.database,
        accountId,
        async (tx) =>
          (await reopenJobIfTasksFailed(tx, accountId, jobId)) || (await replanJobIfUnplanned(tx, accountId, jobId)),
      ),
    );
    if (isOpened) this.relay.wake();
    const job = await readJobWithSubmission(this.database, accountId, jobId);
    if (!job) throw Refusal.notFound(`Job ${encodeId('job', jobId)}`);
    if (!isOpened) throw refusalOf(job);
    return job;
  }

  private async openedSince(accountId: string, jobId: string, time: Date): Promise<JobWithSubmission | null> {
    const job = await readJobWithSubmission(this.database, accountId, jobId);
    const isRetried = job !== null && job.run > 1 && (job.finished_at === null || job.finished_at > time);
    return isRetried ? job : null;
  }
}

function refusalOf({ id, status, completed, cancelled }: JobWithSubmission): Refusal {
  const name = `Job ${encodeId('job', id)}`;
  const hasEnded = (TERMINAL_JOB_STATUSES as readonly string[]).includes(status);
  if (!hasEnded) return new Refusal('job_not_terminal', `${name} is ${status}; only an ended job can be retried.`);
  const counts = `${completed} of its tasks completed, ${cancelled} were cancelled, none failed`;
  return new Refusal('nothing_to_retry', `${name} is ${status}: ${counts}.`);
}
