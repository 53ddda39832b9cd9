import { MAX_SHOWN_RESULT_BYTES, type TaskStatus } from '@computalot/contracts';
import type { JobRow, ResultRow } from '../reading/index.js';
import { batchAt, perItemResults } from '@computalot/jobs';
import { encodeId } from '@computalot/kernel';
import { publicError } from './public-error.js';

/** A result that lies in the object store: fetched as JSON text, or null where it is too large to be shown. */
export type FetchStored = (row: ResultRow, bytes: number) => Promise<string | null>;

type ResultsJob = Pick<JobRow, 'id' | 'item_total' | 'batch_size'>;

/** Writes one task's result as JSON text. The result itself is spliced in as the program wrote it, never parsed and printed again. */
export class ResultLines {
  private readonly jobId: string;

  constructor(
    private readonly job: ResultsJob,
    private readonly artifacts: ReadonlyMap<number, readonly string[]>,
    private readonly fetchStored: FetchStored,
  ) {
    this.jobId = encodeId('job', job.id);
  }

  async lineOf(row: ResultRow): Promise<string> {
    const stored = row.outcome?.result_stored_bytes;
    const result = stored === undefined ? row.result : await this.fetchStored(row, stored);
    return this.compose(row, result, stored !== undefined && result === null);
  }

  private compose(row: ResultRow, result: string | null, isElsewhere: boolean): string {
    const { index, outcome } = row;
    const id = `${this.jobId}.${index}`;
    const artifacts = this.artifacts.get(index)?.map((artifact) => encodeId('art', artifact)) ?? [];
    return (
      `{"id":"${id}","task_id":"${id}","index":${index},"status":"${row.state}","attempt":${row.attempt}` +
      `,"result":${result ?? 'null'}` +
      (isElsewhere ? `,"result_url":"/api/v1/results/${this.jobId}/tasks/${index}"` : '') +
      this.itemResults(row, result) +
      `,"result_quality":${qualityOf(row)},"result_warnings":${warningsOf(row, isElsewhere)}` +
      `,"cached_from":${JSON.stringify(outcome?.cached_from ?? null)}` +
      `,"error":${JSON.stringify(publicError(outcome?.error))},"exit_code":${row.exit_code ?? 'null'}` +
      `,"artifacts":${JSON.stringify(artifacts)},"started_at":${timeText(row.started_at)},"finished_at":${timeText(row.finished_at)}` +
      `,"duration_s":${durationOf(row)}}`
    );
  }

  /** Of a batched task whose result has one element per item: each with the item's index in the whole job. */
  private itemResults({ index, state }: ResultRow, result: string | null): string {
    const { batch_size, item_total } = this.job;
    if (batch_size === null || item_total === null || state !== 'completed' || result === null) return '';
    const batch = batchAt(item_total, batch_size, index);
    // A reduce task holds no items.
    if (batch.size < 1) return '';
    const items = perItemResults(JSON.parse(result), batch);
    if (!items) return '';
    return `,"item_results":${JSON.stringify(items.map((item, offset) => ({ item: batch.start + offset, result: item })))}`;
  }
}

function qualityOf({ state, outcome }: ResultRow): number | 'null' {
  return state === 'completed' ? (outcome?.quality ?? 1) : 'null';
}

function warningsOf({ outcome }: ResultRow, isElsewhere: boolean): string {
  const warnings = outcome?.warnings ?? [];
  if (!isElsewhere) return JSON.stringify(warnings);
  return JSON.stringify([
    ...warnings,
    `The result is larger than ${MAX_SHOWN_RESULT_BYTES / 1024} KiB or the page is full; read it at result_url.`,
  ]);
}

const timeText = (date: Date | null) => (date ? `"${date.toISOString()}"` : 'null');

function durationOf({ started_at, finished_at }: ResultRow): number | 'null' {
  return started_at && finished_at ? Math.max(0, finished_at.getTime() - started_at.getTime()) / 1000 : 'null';
}

/** One sentence on how far the job came. */
export function sentenceOf(status: string, counts: Readonly<Record<TaskStatus | 'total', number>>): string {
  if (counts.total === 0) return `The job is ${status}; its tasks are not planned yet.`;
  const parts = (['completed', 'failed', 'cancelled'] as const)
    .filter((state) => counts[state] > 0)
    .map((state) => `${counts[state]} ${state}`);
  const open = counts.total - counts.completed - counts.failed - counts.cancelled;
  if (open > 0) parts.push(`${open} not finished`);
  return `${status}: of ${counts.total} ${counts.total === 1 ? 'task' : 'tasks'} ${parts.join(', ')}.`;
}
