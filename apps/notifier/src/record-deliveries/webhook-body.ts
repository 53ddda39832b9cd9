import { encodeId } from '@computalot/kernel';
import type { JobEnd } from './end-of.js';

/**
 * `{type: "job.<status>", timestamp, data}` as JSON text; `data` is the public summary of the job. `meta` and `variant` go in as the texts they were
 * sent as, so that number and key spellings survive.
 */
export function webhookBody(job: JobEnd): string {
  const finishedAt = job.finished_at.toISOString();
  const data = JSON.stringify(summaryOf(job)).slice(0, -1);
  const opaque = (name: string, text: string | null) => (text === null ? '' : `,"${name}":${text}`);
  const type = JSON.stringify(`job.${job.status}`);
  return `{"type":${type},"timestamp":"${finishedAt}","data":${data}${opaque('meta', job.meta)}${opaque('variant', job.variant)}}}`;
}

function summaryOf(job: JobEnd): object {
  const id = encodeId('job', job.id);
  return {
    id,
    job_id: id,
    type: job.type,
    status: job.status,
    run: job.run,
    name: job.name,
    project: job.project_name,
    revision: job.revision,
    tags: job.tags,
    client_ref: job.client_ref,
    task_counts: {
      total: job.task_total,
      queued: job.queued,
      leased: job.leased,
      running: job.running,
      retrying: job.retrying,
      completed: job.completed,
      failed: job.failed,
      cancelled: job.cancelled,
    },
    error: job.error,
    created_at: job.created_at.toISOString(),
    started_at: job.started_at?.toISOString() ?? null,
    finished_at: job.finished_at.toISOString(),
  };
}
