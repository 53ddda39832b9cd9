import {
  applyMoves,
  beginPlanningIfNew,
  claimQueuedTasks,
  insertTaskSlice,
  lockCurrentAttempts,
  readJobFacts,
  type AttemptKey,
  type AttemptMove,
  type Database,
  type Settled,
} from '@computalot/database';
import type { RunContext } from '@computalot/contracts';
import { planJob, type SubmittedJob } from '@computalot/jobs';
import { newUuid } from '@computalot/kernel';
import { closingOf } from '../plan-jobs/plan-jobs.service.js';

const CONTEXT: RunContext = {
  job_id: 'job_of_the_test',
  revision: null,
  command: ['map'],
  env: {},
  timeout_s: 60,
  requirements: { cpu: 1 },
  spec: null,
};

/** How a task ends: with a result, with one of so many bytes in the object store, or not at all well. */
export type End =
  { readonly result: unknown } | { readonly stored_bytes: number } | { readonly failed: string } | 'cancelled';

/** A planned job, all of its tasks on one worker, whose tasks end when told to. No scheduler runs in these tests. */
export class EndingJob {
  private constructor(
    private readonly db: Database,
    readonly id: string,
    private attempts: readonly AttemptKey[],
  ) {}

  static async planned(
    db: Database,
    submission: SubmittedJob,
    { leased = true, ...columns }: Record<string, unknown> = {},
  ): Promise<EndingJob> {
    const id = await acceptedJob(db, submission, columns);
    const planned = planJob(submission);
    if (!planned.ok) throw new Error(planned.detail);
    await beginPlanningIfNew(db, id, planned.task_total, CONTEXT, closingOf(planned));
    await insertTaskSlice(db, id, planned.task_total);
    return new EndingJob(db, id, leased ? await claimAll(db, id, planned.task_total) : []);
  }

  /** Leases what is queued, after a stage was added; returns the indices. */
  async claim(): Promise<number[]> {
    const claimed = await claimAll(this.db, this.id, 10_000);
    this.attempts = [...this.attempts, ...claimed];
    return claimed.map(({ index }) => index);
  }

  /** Ends tasks in one transaction, as a batch of reports does; `how` may leave some as they are. */
  async end(how: (index: number) => End | null): Promise<Settled> {
    const facts = new Map((await readJobFacts(this.db, [this.id])).map((job) => [job.id, job]));
    return this.db.transaction(async (tx) => {
      const current = await lockCurrentAttempts(
        tx,
        this.attempts.filter(({ index }) => how(index) !== null),
      );
      const moves = current.map(({ failures: _, losses: __, ...attempt }): AttemptMove => ({
        ...attempt,
        from: attempt.state,
        ...endOf(how(attempt.index) as End),
        started_at: 1_000,
        finished_at: 2_000,
      }));
      return applyMoves(tx, moves, facts);
    });
  }

  async row(): Promise<Record<string, unknown>> {
    return (await this.db.query<Record<string, unknown>>('SELECT * FROM jobs WHERE id = $1', [this.id]))[0] ?? {};
  }

  /** What users see of the results. */
  async aggregate(): Promise<{ result: Record<string, unknown> | null; aliases: unknown; folded: number }> {
    const [row] = await this.db.query<{ result: Record<string, unknown>; aliases: unknown; folded: number }>(
      'SELECT result, aliases, folded FROM job_aggregates WHERE job_id = $1',
      [this.id],
    );
    return row ?? { result: null, aliases: null, folded: 0 };
  }

  /** Indices that are not part of the aggregate yet. */
  async unfolded(): Promise<number[]> {
    const rows = await this.db.query<{ index: number }>(
      'SELECT unnest(indices) AS index FROM ended_tasks WHERE job_id = $1 ORDER BY 1',
      [this.id],
    );
    return rows.map(({ index }) => index);
  }

  /** Types of what the outbox holds of this job. */
  async told(): Promise<string[]> {
    const rows = await this.db.query<{ type: string }>(
      `SELECT e ->> 'type' AS type FROM outbox, json_array_elements(body) e WHERE kind = 'events' AND e -> 'data' ->> 'job_id' IS NOT NULL
       UNION ALL SELECT type FROM outbox WHERE kind = 'message'`,
    );
    return rows.map(({ type }) => type);
  }
}

async function acceptedJob(
  db: Database,
  submission: SubmittedJob,
  columns: Record<string, unknown> = {},
): Promise<string> {
  const [id, account] = [newUuid(), newUuid()];
  const planned = planJob(submission);
  const sizes = planned.ok ? [planned.item_total, planned.spec.batch_size ?? null] : [1, null];
  await db.query('INSERT INTO accounts (id, name) VALUES ($1, $2)', [account, account]);
  const extra = Object.keys(columns);
  await db.query(
    `INSERT INTO jobs (id, account_id, type${extra.map((name) => `, ${name}`).join('')})
     VALUES ($1, $2, $3${extra.map((_, at) => `, $${at + 4}`).join('')})`,
    [id, account, submission.type ?? 'structured_runner', ...Object.values(columns)],
  );
  await db.query('INSERT INTO job_submissions (job_id, submission, item_total, batch_size) VALUES ($1, $2, $3, $4)', [
    id,
    JSON.stringify(submission),
    ...sizes,
  ]);
  return id;
}

async function claimAll(db: Database, jobId: string, count: number): Promise<AttemptKey[]> {
  const claims = await db.transaction((tx) => claimQueuedTasks(tx, [{ jobId, workerId: newUuid(), count }]));
  return claims.flatMap(({ indices, attempts }) =>
    indices.map((index, at) => ({ job_id: jobId, index, attempt: attempts[at] ?? 1 })),
  );
}

function endOf(end: End): Pick<AttemptMove, 'to' | 'result' | 'outcome'> {
  if (end === 'cancelled') return { to: 'cancelled' };
  if ('failed' in end) return { to: 'failed', outcome: { error: { code: 'exit', message: end.failed } } };
  if ('result' in end) return { to: 'completed', result: JSON.stringify(end.result) };
  return { to: 'completed', outcome: { result_stored_bytes: end.stored_bytes } };
}
