import type { AuditAction, KeyRole } from '@computalot/contracts';
import { newUuid } from '@computalot/kernel';
import type { Database, Queryable } from '../database.js';
import { loadSql } from '../load-sql.js';

const sql = {
  listAuditEntries: loadSql('list-audit-entries'),
  forgetAuditEntries: loadSql('forget-audit-entries'),
};

/** Who does it. */
export interface Actor {
  readonly key_id: string;
  readonly account_id: string;
  readonly role: KeyRole;
  readonly request_id: string;
  readonly client_address: string;
}

/** What is done to what. `details` never holds a secret. */
export interface AuditChange {
  readonly action: AuditAction;
  /** Whose it is; null: the installation's. */
  readonly account_id: string | null;
  /** A public id, or a name. */
  readonly target: string;
  readonly details?: object;
}

export interface AuditRow {
  readonly id: string;
  readonly created_at: Date;
  readonly actor_key_id: string | null;
  readonly actor_account_id: string | null;
  readonly actor_role: KeyRole | null;
  readonly action: AuditAction;
  readonly account_id: string | null;
  readonly target: string;
  readonly request_id: string | null;
  readonly client_address: string | null;
  readonly details: object | null;
}

/** `actor` null: the installation itself. */
export async function writeAuditEntry(tx: Queryable, actor: Actor | null, change: AuditChange): Promise<void> {
  await tx.query(
    `INSERT INTO audit_log (id, actor_key_id, actor_account_id, actor_role, request_id, client_address, action, account_id, target, details)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
    [
      newUuid(),
      ...[actor?.key_id, actor?.account_id, actor?.role, actor?.request_id, actor?.client_address],
      ...[change.action, change.account_id, change.target, change.details ?? null],
    ],
  );
}

/**
 * The change and its entry in one transaction: neither is there without the other. Work that answers null, false or what `isDone` denies has changed
 * nothing, and leaves no entry.
 */
export function audited<T>(
  database: Database,
  actor: Actor,
  change: AuditChange,
  work: (tx: Queryable) => Promise<T>,
  isDone: (result: T) => boolean = Boolean,
): Promise<T> {
  return database.transaction(async (tx) => {
    const result = await work(tx);
    if (isDone(result)) await writeAuditEntry(tx, actor, change);
    return result;
  });
}

export interface AuditFilter {
  readonly account_id: string | undefined;
  readonly action: AuditAction | undefined;
  readonly actor_key_id: string | undefined;
  readonly created_after: string | undefined;
  readonly created_before: string | undefined;
}

/** Newest first, after the cursor `before`. */
export function listAuditEntries(
  db: Queryable,
  filter: AuditFilter,
  before: string | null,
  limit: number,
): Promise<AuditRow[]> {
  const { account_id, action, actor_key_id, created_after, created_before } = filter;
  const filters = [account_id, action, actor_key_id, created_after, created_before].map((value) => value ?? null);
  return db.query<AuditRow>(sql.listAuditEntries, [before, ...filters, limit]);
}

/** Returns how many were removed, at most `limit`. */
export function forgetAuditEntries(database: Database, olderThan_s: number, limit: number): Promise<number> {
  return database.transaction(async (tx) => {
    await tx.query("SELECT set_config('computalot.forgets_audit', 'yes', true)");
    return (await tx.query(sql.forgetAuditEntries, [olderThan_s, limit])).length;
  });
}
