import {
  applyMoves,
  claimQueuedTasks,
  lockCurrentAttempts,
  readJobFacts,
  type AttemptMove,
  type Database,
} from '@computalot/database';
import type { SubmittedJob } from '@computalot/jobs';
import { newUuid } from '@computalot/kernel';

export interface TaskRow {
  readonly index: number;
  readonly state: string;
  readonly attempt: number;
  readonly exit_code: number | null;
  readonly outcome: Record<string, unknown> | null;
  readonly result: unknown;
}

export async function newAccount(db: Database): Promise<string> {
  const id = newUuid();
  await db.query('INSERT INTO accounts (id, name) VALUES ($1, $2)', [id, id]);
  return id;
}

/** A job that is accepted and not planned, with `cache` unless the submission says otherwise. */
export async function acceptedJob(
  db: Database,
  account: string,
  submission: SubmittedJob & Record<string, unknown>,
): Promise<string> {
  const id = newUuid();
  await db.query('INSERT INTO jobs (id, account_id, type, revision) VALUES ($1, $2, $3, $4)', [
    id,
    account,
    submission.type ?? 'structured_runner',
    'r'.repeat(64),
  ]);
  await db.query('INSERT INTO job_submissions (job_id, submission) VALUES ($1, $2)', [
    id,
    JSON.stringify({ runner_command: ['run'], cache: true, ...submission }),
  ]);
  return id;
}

/** Runs everything of the job that is queued: each task ends as `how` says. Returns the indices that ran. */
export async function runTasks(
  db: Database,
  jobId: string,
  how: (index: number) => Pick<AttemptMove, 'to' | 'result' | 'outcome'>,
): Promise<number[]> {
  const facts = new Map((await readJobFacts(db, [jobId])).map((job) => [job.id, job]));
  return db.transaction(async (tx) => {
    const claims = await claimQueuedTasks(tx, [{ jobId, workerId: newUuid(), count: 100_000 }]);
    const keys = claims.flatMap(({ indices, attempts }) =>
      indices.map((index, at) => ({ job_id: jobId, index, attempt: attempts[at] ?? 1 })),
    );
    const moves = (await lockCurrentAttempts(tx, keys)).map(({ failures: _, losses: __, ...current }): AttemptMove => ({
      ...current,
      from: current.state,
      exit_code: 0,
      started_at: 1_000,
      finished_at: 2_000,
      ...how(current.index),
    }));
    await applyMoves(tx, moves, facts);
    return keys.map(({ index }) => index).sort((a, b) => a - b);
  });
}

export function tasksOf(db: Database, jobId: string): Promise<TaskRow[]> {
  return db.query<TaskRow>(
    'SELECT index, state, attempt, exit_code, outcome, result FROM tasks WHERE job_id = $1 ORDER BY index',
    [jobId],
  );
}
