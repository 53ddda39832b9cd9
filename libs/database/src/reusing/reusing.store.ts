import type { Resolved } from '@computalot/jobs';
import { newUuid } from '@computalot/kernel';
import type { Queryable } from '../database.js';
import { artifactCreated, type PublishableArtifact } from '../keeping-artifacts/artifacts.store.js';
import { loadSql } from '../load-sql.js';
import { insertEvents } from '../outbox.js';
import type { Outcome } from '../reading/tasks.read.js';
import type { AttemptKey } from '../scheduling/attempts.store.js';

const sql = {
  readReusingJob: loadSql('read-reusing-job'),
  readPlanned: loadSql('read-planned'),
  listIdenticalTasks: loadSql('list-identical-tasks'),
  keepFingerprints: loadSql('keep-fingerprints'),
  completeFromIdenticalTasks: loadSql('complete-from-identical-tasks'),
  takeOverArtifacts: loadSql('take-over-artifacts'),
};

/** A job that asks for results of identical tasks, and what its tasks have in common. */
export interface ReusingJobRow {
  readonly id: string;
  readonly account_id: string;
  readonly revision: string | null;
  /** Null before its planning has begun. */
  readonly command: readonly string[] | null;
  readonly env: Readonly<Record<string, string>> | null;
  /** By name, something that changes with the value. */
  readonly secrets: Readonly<Record<string, string>>;
  readonly submission: Record<string, unknown>;
  readonly resolved: Resolved | null;
  /** Counted when the job was accepted. */
  readonly item_total: number;
  /** Tasks per part of the spec; null where it is whole. */
  readonly part_tasks: number | null;
}

/** Null when it does not ask for it, has all tasks of its submission, or has ended. */
export async function readReusingJob(db: Queryable, jobId: string): Promise<ReusingJobRow | null> {
  return (await db.query<ReusingJobRow>(sql.readReusingJob, [jobId]))[0] ?? null;
}

/** How many tasks of the job are inserted; hold `lockPlanningIfFree` for an answer that stays. */
export async function readPlanned(db: Queryable, jobId: string): Promise<number | null> {
  return (await db.query<{ planned: number }>(sql.readPlanned, [jobId]))[0]?.planned ?? null;
}

/** A completed task whose result may be taken. */
export interface IdenticalTask extends AttemptKey {
  readonly outcome: Outcome | null;
  /** Ids of what its last attempt left. */
  readonly artifacts: readonly string[];
}

/** By place in `fingerprints` (hex); nothing where no task of the account completed with it. */
export async function listIdenticalTasks(
  db: Queryable,
  accountId: string,
  fingerprints: readonly string[],
): Promise<Map<number, IdenticalTask>> {
  type Row = IdenticalTask & { readonly place: number };
  const rows = await db.query<Row>(sql.listIdenticalTasks, [accountId, fingerprints]);
  return new Map(rows.map(({ place, ...task }) => [place - 1, task]));
}

/** Of the job's tasks from `first` on, in order. In the transaction that inserts the tasks. */
export async function keepFingerprints(
  tx: Queryable,
  jobId: string,
  first: number,
  fingerprints: readonly string[],
): Promise<void> {
  await tx.query(sql.keepFingerprints, [jobId, first, fingerprints]);
}

/** What a task of the job is to become. */
export interface Reused {
  readonly index: number;
  readonly from: IdenticalTask;
  readonly outcome: Outcome;
}

export interface CompletedTask extends AttemptKey {
  readonly exit_code: number | null;
}

/**
 * Completes tasks that were inserted in this transaction with what identical tasks of the same account have: their results and artifacts. Left
 * out are those whose model is gone. The caller moves the job's counters.
 *
 * @throws when artifacts were deleted since they were found: look again
 */
export async function completeFromIdenticalTasks(
  tx: Queryable,
  jobId: string,
  reused: readonly Reused[],
): Promise<CompletedTask[]> {
  const completed = await tx.query<CompletedTask>(sql.completeFromIdenticalTasks, [
    jobId,
    reused.map(({ index }) => index),
    reused.map(({ from }) => from.job_id),
    reused.map(({ from }) => from.index),
    reused.map(({ from }) => from.attempt),
    reused.map(({ outcome }) => JSON.stringify(outcome)),
  ]);
  const indices = new Set(completed.map(({ index }) => index));
  await takeOverArtifacts(
    tx,
    jobId,
    reused.filter(({ index }) => indices.has(index)),
  );
  return completed;
}

async function takeOverArtifacts(tx: Queryable, jobId: string, reused: readonly Reused[]): Promise<void> {
  const wanted = reused.flatMap(({ index, from }) => from.artifacts.map((source) => ({ index, source })));
  if (wanted.length === 0) return;
  const taken = await tx.query<PublishableArtifact>(sql.takeOverArtifacts, [
    jobId,
    wanted.map(() => newUuid()),
    wanted.map(({ index }) => index),
    wanted.map(({ source }) => source),
  ]);
  if (taken.length < wanted.length) throw new Error(`artifacts that job ${jobId} was to have were deleted meanwhile`);
  await insertEvents(tx, taken.map(artifactCreated));
}
