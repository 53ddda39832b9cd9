import type { AggregateRow, JobRow } from '../reading/index.js';
import { countsOf, isTerminal, summaryOf } from './job-facts.js';
import { sentenceOf } from './result-lines.js';

/** Everything of the results document before its tasks. */
export function resultsHeadOf(job: JobRow, aggregate: AggregateRow): string {
  const summary = summaryOf(job);
  const counts = countsOf(job);
  const ended = counts.completed + counts.failed + counts.cancelled;
  const head = {
    job_id: summary.job_id,
    type: job.type,
    status: job.status,
    name: job.name,
    summary: sentenceOf(job.status, counts),
    completeness: {
      total: counts.total,
      completed: counts.completed,
      failed: counts.failed,
      cancelled: counts.cancelled,
      fraction: fractionOf(job, ended),
    },
    result_persisted: summary.result_persisted,
    output_persisted: summary.output_persisted,
    tags: job.tags,
    client_ref: job.client_ref,
    error: summary.error,
    recommended_action: summary.recommended_action,
    created_at: summary.created_at,
    started_at: summary.started_at,
    finished_at: summary.finished_at,
  };
  return (
    `${JSON.stringify(head).slice(1, -1)},"meta":${job.meta ?? 'null'},"variant":${job.variant ?? 'null'}` +
    `,"aggregate_result":${aggregate.result ?? 'null'},"aggregate_aliases":${aggregate.aliases ?? '{}'}`
  );
}

/** Of an open job also of the reduce tasks that are still to come. */
function fractionOf({ status, task_total, tasks_ahead }: JobRow, ended: number): number {
  if (task_total === 0) return isTerminal(status) ? 1 : 0;
  return ended / (isTerminal(status) ? task_total : task_total + tasks_ahead);
}
