import type { AccountUsage, Quotas } from '@computalot/jobs';
import type { Queryable } from '../database.js';
import { loadSql } from '../load-sql.js';

const sql = {
  lockAccountQuotas: loadSql('lock-account-quotas'),
  readAccountUsage: loadSql('read-account-usage'),
};

export interface AccountWithQuotas {
  readonly id: string;
  readonly name: string;
  readonly created_at: Date;
  readonly quotas: Quotas;
}

type QuotaRow = Omit<AccountWithQuotas, 'quotas'> & Quotas;

export const QUOTA_COLUMNS =
  'max_open_jobs AS open_jobs, max_queued_tasks AS queued_tasks, max_running_tasks AS running_tasks, max_storage_bytes AS storage_bytes';
const COLUMNS = `id, name, created_at, ${QUOTA_COLUMNS}`;

const accountOf = ({ id, name, created_at, ...quotas }: QuotaRow): AccountWithQuotas => ({
  id,
  name,
  created_at,
  quotas,
});

export async function readAccount(db: Queryable, accountId: string): Promise<AccountWithQuotas | null> {
  const [row] = await db.query<QuotaRow>(`SELECT ${COLUMNS} FROM accounts WHERE id = $1`, [accountId]);
  return row ? accountOf(row) : null;
}

/** In the order they were made, after the cursor. */
export async function listAccounts(db: Queryable, after: string | null, limit: number): Promise<AccountWithQuotas[]> {
  const rows = await db.query<QuotaRow>(
    `SELECT ${COLUMNS} FROM accounts WHERE $1::uuid IS NULL OR id > $1 ORDER BY id LIMIT $2`,
    [after, limit],
  );
  return rows.map(accountOf);
}

/** Replaces all of them; null when there is no such account. What is beyond a new quota already stays. */
export async function setQuotas(db: Queryable, accountId: string, quotas: Quotas): Promise<AccountWithQuotas | null> {
  const [row] = await db.query<QuotaRow>(
    `UPDATE accounts SET max_open_jobs = $2, max_queued_tasks = $3, max_running_tasks = $4, max_storage_bytes = $5
     WHERE id = $1 RETURNING ${COLUMNS}`,
    [accountId, quotas.open_jobs, quotas.queued_tasks, quotas.running_tasks, quotas.storage_bytes],
  );
  return row ? accountOf(row) : null;
}

/** For the rest of the transaction nobody else is admitted under them. */
export async function lockQuotas(tx: Queryable, accountId: string): Promise<Quotas> {
  const [quotas] = await tx.query<Quotas>(sql.lockAccountQuotas, [accountId]);
  if (!quotas) throw new Error(`account ${accountId} is gone`);
  return quotas;
}

export async function readUsage(db: Queryable, accountId: string): Promise<AccountUsage> {
  const [usage] = await db.query<AccountUsage>(sql.readAccountUsage, [accountId]);
  if (!usage) throw new Error('an aggregate without a row');
  return usage;
}
