import type { TaskError, TaskStatus } from '@computalot/contracts';
import type { Queryable } from '../database.js';
import { loadSql } from '../load-sql.js';

const sql = {
  listTasks: loadSql('list-tasks'),
  listTasksInStates: loadSql('list-tasks-in-states'),
  listRunningTasks: loadSql('list-running-tasks'),
  listResults: loadSql('list-results'),
  listResultsInStates: loadSql('list-results-in-states'),
  readLatestAttempts: loadSql('read-latest-attempts'),
  readOutputTails: loadSql('read-output-tails'),
};

export type StreamName = 'stdout' | 'stderr';

/** What an attempt left behind beside its result; only what is set. */
export interface Outcome {
  readonly error?: TaskError;
  readonly warnings?: readonly string[];
  readonly quality?: number;
  readonly signal?: string;
  readonly result_stored_bytes?: number;
  readonly progress?: unknown;
  /** Public id of the task whose program made the result, where this one's did not run. */
  readonly cached_from?: string;
}

interface AttemptFacts {
  readonly index: number;
  readonly attempt: number;
  readonly exit_code: number | null;
  readonly outcome: Outcome | null;
  readonly started_at: Date | null;
}

export interface TaskRow extends AttemptFacts {
  readonly state: TaskStatus;
  readonly available_at: Date | null;
  readonly leased_at: Date | null;
  readonly checkpoint_saved_at: Date | null;
  readonly checkpoint_size_bytes: number | null;
  readonly finished_at: Date | null;
}

export interface ResultRow extends AttemptFacts {
  readonly state: TaskStatus;
  readonly finished_at: Date | null;
  /** JSON text exactly as the program wrote it. */
  readonly result: string | null;
}

export interface AttemptRow extends AttemptFacts {
  readonly reason: string;
  readonly finished_at: Date;
}

export interface OutputRow {
  readonly index: number;
  readonly attempt: number;
  readonly stream: StreamName;
  readonly size_bytes: number;
  readonly stored: boolean;
  readonly stored_bytes: number | null;
  /** The last bytes of the stream. */
  readonly tail: Buffer;
}

type Listed<T> = T & { readonly reopen_from: number | null };

/** A failed task that a retry is about to queue is queued already, and nothing of its failure is left but its attempts. */
function asReopened<T extends { readonly index: number; readonly state: TaskStatus }>(rows: readonly Listed<T>[]): T[] {
  return rows.map(({ reopen_from, ...row }) => {
    const reopens = row.state === 'failed' && reopen_from !== null && row.index >= reopen_from;
    return (reopens ? { ...row, ...UNTOUCHED } : row) as unknown as T;
  });
}

const UNTOUCHED = {
  state: 'queued',
  exit_code: null,
  leased_at: null,
  started_at: null,
  finished_at: null,
  outcome: null,
} as const;

/** A state named twice would show its tasks twice. */
const distinct = (states: readonly string[]) => [...new Set(states)];

type Page = { readonly after: number; readonly states?: readonly string[] | undefined; readonly limit: number };

/** In order of index, beginning after index `after` (-1 from the start). */
export async function listTasks(db: Queryable, accountId: string, jobId: string, page: Page): Promise<TaskRow[]> {
  const { after, limit, states } = page;
  return asReopened<TaskRow>(
    states
      ? await db.query(sql.listTasksInStates, [accountId, jobId, after, limit, distinct(states)])
      : await db.query(sql.listTasks, [accountId, jobId, after, limit]),
  );
}

export async function readTask(
  db: Queryable,
  accountId: string,
  jobId: string,
  index: number,
): Promise<TaskRow | null> {
  const [task] = await listTasks(db, accountId, jobId, { after: index - 1, limit: 1 });
  return task?.index === index ? task : null;
}

export function listRunningTasks(db: Queryable, accountId: string, jobId: string, limit: number): Promise<TaskRow[]> {
  return db.query<TaskRow>(sql.listRunningTasks, [accountId, jobId, limit]);
}

export async function listResults(db: Queryable, accountId: string, jobId: string, page: Page): Promise<ResultRow[]> {
  const { after, limit, states } = page;
  return asReopened<ResultRow>(
    states
      ? await db.query(sql.listResultsInStates, [accountId, jobId, after, limit, distinct(states)])
      : await db.query(sql.listResults, [accountId, jobId, after, limit]),
  );
}

/** By task index, the latest attempt that did not complete. */
export async function readLatestAttempts(
  db: Queryable,
  accountId: string,
  jobId: string,
  indexes: readonly number[],
): Promise<Map<number, AttemptRow>> {
  const rows = await db.query<AttemptRow>(sql.readLatestAttempts, [accountId, jobId, indexes]);
  return new Map(rows.map((row) => [row.index, row]));
}

/** Streams that wrote something, stdout before stderr, each with at most its last `bytes`. */
export function readOutputTails(
  db: Queryable,
  accountId: string,
  jobId: string,
  attempts: readonly { readonly index: number; readonly attempt: number }[],
  bytes: number,
): Promise<OutputRow[]> {
  return db.query<OutputRow>(sql.readOutputTails, [
    accountId,
    jobId,
    attempts.map((a) => a.index),
    attempts.map((a) => a.attempt),
    bytes,
  ]);
}
