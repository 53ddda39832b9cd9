import type { LiveEntry, LiveOutput } from '@computalot/contracts';
import { tailText } from './text-of-bytes.js';

/** Bytes of output kept of a running task. */
export const TAIL_BYTES = 10 * 1024;
/** More tasks than run at once anywhere; the bound is for a feed that lost the ends of its tasks. */
const MAX_TASKS = 20_000;

export interface LiveAttempt {
  readonly attempt: number;
  /** Both streams as they came. */
  output: Buffer;
  /** Bytes of each stream that are in it, or were. */
  readonly ends: { stdout: number; stderr: number };
  progress: unknown;
  /** Milliseconds since the epoch. */
  updated_at: number;
}

const ACTIVE = new Set(['leased', 'running']);

/** What the live feed says of the tasks that run now: a fold over its entries, bounded per task. */
export class TaskTails {
  private readonly tasks = new Map<number, LiveAttempt>();

  apply(entry: LiveEntry, now: number): void {
    switch (entry.kind) {
      case 'output':
        this.change(entry.index, entry.attempt, now, (task) => write(task, entry));
        break;
      case 'progress':
        this.change(entry.index, entry.attempt, now, (task) => (task.progress = entry.progress));
        break;
      case 'tasks':
        for (const [index, attempt, status] of entry.tasks) this.move(index, attempt, status, now);
        break;
      case 'job':
        if (entry.terminal) this.tasks.clear();
        break;
    }
  }

  /** Of exactly this attempt. */
  of(index: number, attempt: number): LiveAttempt | null {
    const task = this.tasks.get(index);
    return task?.attempt === attempt ? task : null;
  }

  /** A copy that goes its own way; output is shared until it changes. */
  clone(): TaskTails {
    const copy = new TaskTails();
    for (const [index, task] of this.tasks) copy.tasks.set(index, { ...task, ends: { ...task.ends } });
    return copy;
  }

  private move(index: number, attempt: number, status: string, now: number): void {
    if (ACTIVE.has(status)) this.change(index, attempt, now, () => undefined);
    else if ((this.tasks.get(index)?.attempt ?? 0) <= attempt) this.tasks.delete(index);
  }

  private change(index: number, attempt: number, now: number, apply: (task: LiveAttempt) => void): void {
    let task = this.tasks.get(index);
    if (task && task.attempt > attempt) return;
    if (task?.attempt !== attempt) {
      this.tasks.delete(index);
      this.tasks.set(
        index,
        (task = { attempt, output: Buffer.alloc(0), ends: { stdout: 0, stderr: 0 }, progress: null, updated_at: now }),
      );
      this.forgetOldest();
    }
    task.updated_at = now;
    apply(task);
  }

  private forgetOldest(): void {
    if (this.tasks.size <= MAX_TASKS) return;
    const [oldest] = this.tasks.keys();
    if (oldest !== undefined) this.tasks.delete(oldest);
  }
}

/** What was written before, by a worker that repeats itself or for a reader that comes back, is there already. */
function write(task: LiveAttempt, { stream, offset, data }: LiveOutput): void {
  const bytes = Buffer.from(data, 'base64');
  task.output = appended(task.output, bytes.subarray(Math.max(0, task.ends[stream] - offset)));
  task.ends[stream] = Math.max(task.ends[stream], offset + bytes.length);
}

function appended(output: Buffer, bytes: Buffer): Buffer {
  if (bytes.length >= TAIL_BYTES) return bytes.subarray(bytes.length - TAIL_BYTES);
  const kept = output.subarray(Math.max(0, output.length + bytes.length - TAIL_BYTES));
  return Buffer.concat([kept, bytes]);
}

/** The public form; null before the attempt has written anything. */
export function feedbackOf(
  task: LiveAttempt | null,
  limit = TAIL_BYTES,
): { output_tail: string; updated_at: string } | null {
  if (!task || task.output.length === 0) return null;
  return { output_tail: tailText(task.output, limit), updated_at: new Date(task.updated_at).toISOString() };
}
