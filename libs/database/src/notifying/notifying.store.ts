import { randomBytes } from 'node:crypto';
import type { JobStatus, TaskError } from '@computalot/contracts';
import type { Queryable } from '../database.js';
import { loadSql } from '../load-sql.js';

const sql = {
  readJobsToAnnounce: loadSql('notify-read-jobs-to-announce'),
  listUnannouncedJobs: loadSql('notify-list-unannounced-jobs'),
  insertDeliveriesIfNew: loadSql('notify-insert-deliveries-if-new'),
  claimDueDeliveries: loadSql('notify-claim-due-deliveries'),
  finishAttempt: loadSql('notify-finish-attempt'),
  keepWebhookSecret: loadSql('notify-keep-webhook-secret'),
  rotateWebhookSecret: loadSql('notify-rotate-webhook-secret'),
  listDeliveries: loadSql('notify-list-deliveries'),
  redeliver: loadSql('notify-redeliver'),
};

/** A job whose user asked to be called at its end. */
export interface JobToAnnounce {
  readonly id: string;
  readonly account_id: string;
  readonly type: string;
  readonly status: JobStatus;
  readonly name: string | null;
  readonly project_name: string | null;
  readonly revision: string | null;
  readonly tags: readonly string[];
  readonly client_ref: string | null;
  readonly error: TaskError | null;
  readonly created_at: Date;
  readonly started_at: Date | null;
  /** Null while it is open. */
  readonly finished_at: Date | null;
  readonly run: number;
  readonly task_total: number;
  readonly queued: number;
  readonly leased: number;
  readonly running: number;
  readonly retrying: number;
  readonly completed: number;
  readonly failed: number;
  readonly cancelled: number;
  readonly callback_url: string;
  /** JSON texts as sent. */
  readonly meta: string | null;
  readonly variant: string | null;
}

export interface NewDelivery {
  readonly id: string;
  readonly job_id: string;
  /** Which end of the job; each has a delivery of its own. */
  readonly run: number;
  readonly url: string;
  /** JSON text; exactly these bytes are signed and sent on every attempt. */
  readonly body: string;
}

/** One attempt that this process owns until its claim runs out. */
export interface ClaimedDelivery {
  readonly id: string;
  readonly url: string;
  /** Lower-case authority of the URL; what is bounded per host is counted by it. */
  readonly host: string;
  readonly body: string;
  /** This attempt's number, from 1. */
  readonly attempts: number;
  /** Which try since {@link ClaimedDelivery.due_since} it is, from 1. */
  readonly tries: number;
  /** When its day began. */
  readonly due_since: Date;
  readonly account_id: string;
  /** Null until {@link keepWebhookSecret} made one. */
  readonly webhook_secret: string | null;
  /** Signs too, for a while after a rotation. */
  readonly previous_webhook_secret: string | null;
}

export interface DeliveryOutcome {
  readonly state: 'pending' | 'delivered' | 'dead';
  readonly status: number | null;
  readonly error: string | null;
  /** Seconds until the next attempt; only of a pending one. */
  readonly retry_in_s?: number;
}

/** Those of the jobs that asked for a call, ended or not. */
export function readJobsToAnnounce(db: Queryable, jobIds: readonly string[]): Promise<JobToAnnounce[]> {
  return db.query<JobToAnnounce>(sql.readJobsToAnnounce, [jobIds]);
}

/** Jobs that asked for a call and finished `ageSeconds` ago or earlier, without a delivery of that end. */
export async function listUnannouncedJobs(db: Queryable, ageSeconds: number): Promise<string[]> {
  return (await db.query<{ id: string }>(sql.listUnannouncedJobs, [ageSeconds])).map((row) => row.id);
}

/** Returns how many were new. */
export async function insertDeliveriesIfNew(db: Queryable, deliveries: readonly NewDelivery[]): Promise<number> {
  if (deliveries.length === 0) return 0;
  const rows = await db.query(sql.insertDeliveriesIfNew, [
    deliveries.map((d) => d.id),
    deliveries.map((d) => d.job_id),
    deliveries.map((d) => d.url),
    deliveries.map((d) => d.body),
    deliveries.map((d) => d.run),
  ]);
  return rows.length;
}

/** At most `limit`, and at most `perHost` of a host together with those `underWay` to it; nobody else gets them within `claim_s` seconds. */
export function claimDueDeliveries(
  db: Queryable,
  options: { limit: number; perHost: number; underWay: ReadonlyMap<string, number>; claim_s: number },
): Promise<ClaimedDelivery[]> {
  const { limit, perHost, underWay, claim_s } = options;
  const values = [limit, perHost, [...underWay.keys()], [...underWay.values()], claim_s];
  return db.query<ClaimedDelivery>(sql.claimDueDeliveries, values);
}

/** False when the delivery was claimed again meanwhile, or ended. */
export async function finishDeliveryAttempt(
  db: Queryable,
  delivery: Pick<ClaimedDelivery, 'id' | 'attempts'>,
  outcome: DeliveryOutcome,
): Promise<boolean> {
  const { state, status, error, retry_in_s } = outcome;
  const values = [delivery.id, delivery.attempts, state, status, error, retry_in_s ?? null];
  return (await db.query(sql.finishAttempt, values)).length > 0;
}

export interface WebhookSecret {
  /** `whsec_…` */
  readonly secret: string;
  /** Until then the one before signs too; null: none does. */
  readonly previous_valid_until: Date | null;
}

/** The account's webhook secret; it is made when there is none. Null when the account is gone. */
export async function keepWebhookSecret(db: Queryable, accountId: string): Promise<WebhookSecret | null> {
  return (await db.query<WebhookSecret>(sql.keepWebhookSecret, [accountId, newWebhookSecret()]))[0] ?? null;
}

/** A new secret, beside which the one before signs for `previousValid_s` seconds. Null when the account is gone. */
export async function rotateWebhookSecret(
  db: Queryable,
  accountId: string,
  previousValid_s: number,
): Promise<WebhookSecret | null> {
  const values = [accountId, newWebhookSecret(), previousValid_s];
  return (await db.query<WebhookSecret>(sql.rotateWebhookSecret, values))[0] ?? null;
}

/** 32 random bytes as Standard Webhooks writes them. */
const newWebhookSecret = (): string => `whsec_${randomBytes(32).toString('base64')}`;

export interface DeliveryRow {
  readonly id: string;
  readonly url: string;
  readonly type: string;
  readonly run: number;
  readonly state: DeliveryOutcome['state'];
  readonly attempts: number;
  readonly last_status: number | null;
  readonly last_error: string | null;
  /** The last ten, oldest first. */
  readonly recent_attempts: readonly {
    readonly number: number;
    readonly ended_at: string;
    readonly status: number | null;
    readonly error: string | null;
  }[];
  readonly created_at: Date;
  readonly next_attempt_at: Date;
  readonly delivered_at: Date | null;
}

/** Newest first, older than `before`. */
export function listDeliveries(
  db: Queryable,
  accountId: string,
  jobId: string,
  before: string | null,
  limit: number,
): Promise<DeliveryRow[]> {
  return db.query<DeliveryRow>(sql.listDeliveries, [accountId, jobId, before, limit]);
}

/** Makes all deliveries of a job, or one, due at once. */
export function redeliver(
  db: Queryable,
  accountId: string,
  jobId: string,
  deliveryId: string | undefined,
): Promise<DeliveryRow[]> {
  return db.query<DeliveryRow>(sql.redeliver, [accountId, jobId, deliveryId ?? null]);
}
