import { publicError } from '@computalot/database';
import type { FailedAttempt, TaskObject } from '@computalot/contracts';
import type { AttemptRow, OutputRow, TaskRow } from '@computalot/database';
import { encodeId } from '@computalot/kernel';
import { feedbackOf, type TaskTails } from '../follow-tasks/task-tails.js';
import { tailText } from '../follow-tasks/text-of-bytes.js';

/** Bytes of output that a task shows. */
export const SHOWN_OUTPUT_BYTES = 10 * 1024;

/** Everything that a page of tasks is put together from. */
export interface TaskSources {
  /** Public id. */
  readonly jobId: string;
  readonly payloads: ReadonlyMap<number, unknown>;
  readonly outputs: ReadonlyMap<string, readonly OutputRow[]>;
  readonly failures: ReadonlyMap<number, AttemptRow>;
  readonly artifacts: ReadonlyMap<number, readonly string[]>;
  readonly tails: TaskTails | null;
}

export const attemptKey = (index: number, attempt: number) => `${index}.${attempt}`;
const time = (date: Date | null) => date?.toISOString() ?? null;

export function taskObject(task: TaskRow, from: TaskSources): TaskObject {
  const id = `${from.jobId}.${task.index}`;
  const isActive = task.state === 'leased' || task.state === 'running';
  const live = isActive ? (from.tails?.of(task.index, task.attempt) ?? null) : null;
  const failed = from.failures.get(task.index);
  const lastFailed = failed ? failedAttempt(failed, from) : null;
  const feedback = feedbackOf(live);
  const output = feedback?.output_tail ?? outputOf(from, task.index, task.attempt);
  return {
    id,
    task_id: id,
    job_id: from.jobId,
    index: task.index,
    status: task.state,
    attempt: task.attempt,
    payload: from.payloads.get(task.index),
    live_feedback: feedback,
    latest_progress: live?.progress ?? task.outcome?.progress ?? null,
    checkpoint: checkpointOf(task),
    error: publicError(task.outcome?.error),
    // Until the new attempt has written something, what the last one wrote is still the answer to "what happened?".
    output: output || (isActive ? (lastFailed?.output ?? '') : ''),
    exit_code: task.exit_code,
    last_failed_attempt: lastFailed,
    cached_from: task.outcome?.cached_from ?? null,
    artifacts: from.artifacts.get(task.index)?.map((artifact) => encodeId('art', artifact)) ?? [],
    available_at: time(task.available_at),
    leased_at: time(task.leased_at),
    started_at: time(task.started_at),
    finished_at: time(task.finished_at),
  };
}

function checkpointOf({
  checkpoint_saved_at: at,
  checkpoint_size_bytes: size_bytes,
}: TaskRow): TaskObject['checkpoint'] {
  return at && size_bytes !== null ? { saved_at: at.toISOString(), size_bytes } : null;
}

function failedAttempt(row: AttemptRow, from: TaskSources): FailedAttempt {
  return {
    attempt: row.attempt,
    reason: row.reason,
    exit_code: row.exit_code,
    ...(row.outcome?.signal === undefined ? {} : { signal: row.outcome.signal }),
    error: publicError(row.outcome?.error),
    output: outputOf(from, row.index, row.attempt),
    started_at: time(row.started_at),
    finished_at: row.finished_at.toISOString(),
  };
}

/** The end of both streams, stdout before stderr. */
function outputOf(from: TaskSources, index: number, attempt: number): string {
  const streams = from.outputs.get(attemptKey(index, attempt)) ?? [];
  return tailText(Buffer.concat(streams.map((stream) => stream.tail)), SHOWN_OUTPUT_BYTES);
}
