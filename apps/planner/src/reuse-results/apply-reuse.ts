import type { LiveEntry } from '@computalot/contracts';
import {
  JobDelta,
  completeFromIdenticalTasks,
  keepFingerprints,
  nothingSettled,
  readJobFacts,
  settleJobs,
  taskStates,
  type CompletedTask,
  type PlannedSlice,
  type Queryable,
  type Settled,
} from '@computalot/database';
import type { Reuse } from './reusing-job.js';

/** Tasks named in one live entry; readers of larger batches look at the counts. */
const TASKS_PER_ENTRY = 500;

export interface AppliedReuse {
  readonly settled: Settled;
  readonly completed: readonly CompletedTask[];
}

/** In the transaction that inserted the slice, which begins where `reuse` does: remembers what its tasks are, and completes those that need not run. */
export async function applyReuse(tx: Queryable, slice: PlannedSlice, reuse: Reuse): Promise<AppliedReuse> {
  const jobId = slice.id;
  await keepFingerprints(tx, jobId, reuse.first, reuse.prints);
  const completed = await completeFromIdenticalTasks(tx, jobId, reuse.reused);
  if (completed.length === 0) return { settled: nothingSettled, completed };
  const delta = new JobDelta();
  delta.move('queued', 'completed', completed.length);
  const facts = new Map((await readJobFacts(tx, [jobId])).map((job) => [job.id, job]));
  const moves = completed.map((task) => ({ ...task, to: 'completed' as const }));
  return { settled: await settleJobs(tx, new Map([[jobId, delta]]), facts, moves), completed };
}

/** What watchers are told of it, the end of the job aside. */
export function liveEntriesOf({ settled, completed }: AppliedReuse): LiveEntry[] {
  const entries: LiveEntry[] = [];
  for (let at = 0; at < completed.length; at += TASKS_PER_ENTRY) {
    const part = completed.slice(at, at + TASKS_PER_ENTRY);
    entries.push({
      kind: 'tasks',
      tasks: part.map(({ index, attempt, exit_code }) => [index, attempt, 'completed', exit_code] as const),
    });
  }
  const open = settled.jobs.filter(({ id }) => !settled.finished.some((job) => job.id === id));
  for (const job of open) {
    const task_counts = Object.fromEntries(taskStates.map((state) => [state, job[state]]));
    entries.push({ kind: 'job', status: job.status, task_counts, terminal: false });
  }
  return entries;
}
