import { jobFinishedEvent, type OutgoingEvent } from '@computalot/contracts';
import { encodeId, newUuid } from '@computalot/kernel';
import type { EndedUnplanned } from './dependencies.store.js';

/** The event of a job that ended without ever having had a task. */
export function endedUnplannedEvent(job: EndedUnplanned, status: 'failed' | 'cancelled'): OutgoingEvent {
  const subject = encodeId('job', job.id);
  const time = job.finished_at.toISOString();
  return {
    type: jobFinishedEvent.type,
    id: newUuid(),
    subject,
    time,
    data: {
      job_id: subject,
      account_id: encodeId('acc', job.account_id),
      type: job.type,
      status,
      tags: job.tags,
      ...(job.client_ref === null ? {} : { client_ref: job.client_ref }),
      task_counts: {},
      ...(job.run === undefined ? {} : { run: job.run }),
      finished_at: time,
    },
  };
}
