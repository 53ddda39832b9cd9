import type { LiveEntry, LiveTask, OutputEvent, TaskStatus } from '@computalot/contracts';
import { feedbackOf, type TaskTails } from '../follow-tasks/task-tails.js';
import { carried } from '../follow-tasks/text-of-bytes.js';

export interface StreamEvent {
  readonly event: 'task' | 'output';
  readonly data: object;
}

/** Bytes of tail in an event; the whole tail is in GET …/tasks. */
const EVENT_TAIL_BYTES = 2 * 1024;

/**
 * Events of one feed entry. How many there are depends on the entry alone, so that a reader that comes back can be told which of them it has.
 * `job` entries have one, which needs the job itself and is made elsewhere.
 */
export function eventsOf(entry: LiveEntry, jobId: string, tails: TaskTails): StreamEvent[] {
  switch (entry.kind) {
    case 'output':
      return [{ event: 'output', data: outputEvent(jobId, entry) }];
    case 'progress':
      return [{ event: 'task', data: { task: liveTask(jobId, entry.index, entry.attempt, 'running', null, tails) } }];
    case 'tasks':
      return entry.tasks.map(([index, attempt, status, exitCode]) => ({
        event: 'task',
        data: { task: liveTask(jobId, index, attempt, status, exitCode, tails) },
      }));
    case 'job':
      return [];
  }
}

export function liveTask(
  jobId: string,
  index: number,
  attempt: number,
  status: string,
  exitCode: number | null,
  tails: TaskTails,
): LiveTask {
  const live = tails.of(index, attempt);
  const id = `${jobId}.${index}`;
  return {
    id,
    task_id: id,
    index,
    attempt,
    status: status as TaskStatus,
    exit_code: exitCode,
    live_feedback: feedbackOf(live, EVENT_TAIL_BYTES),
    latest_progress: live?.progress ?? null,
  };
}

function outputEvent(jobId: string, entry: Extract<LiveEntry, { kind: 'output' }>): OutputEvent {
  const { index, attempt, stream, offset, data } = entry;
  return { task_id: `${jobId}.${index}`, index, attempt, stream, offset, ...carried(Buffer.from(data, 'base64')) };
}
